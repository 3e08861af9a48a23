package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithoutFlag(t *testing.T) {
	flags := newCopy(streams{}, &console{}).Flags()
	for _, c := range []struct{ given, want string }{
		{"copy a b", "copy a b"},
		{"copy --no-resume a b", "copy a b"},
		{"copy a b --no-resume", "copy a b"},
		{"copy --no-resume=true a --no-resume=0 b", "copy a b"},
		{"copy --no-resume a -- --no-resume b", "copy a -- --no-resume b"},
		{"copy --exclude --no-resume a b", "copy --exclude --no-resume a b"},
		{"copy --exclude=x --no-resume a b", "copy --exclude=x a b"},
		{"copy --exclude -- --no-resume a b", "copy --exclude -- a b"},
		{"copy -p --no-resume a b", "copy -p a b"},
		{"copy -pj --no-resume a b", "copy -pj --no-resume a b"},
		{"copy -pj4 --no-resume a b", "copy -pj4 a b"},
		{"copy -j=4 --no-resume a b", "copy -j=4 a b"},
		{"copy -p=true --no-resume a b", "copy -p=true a b"},
		{"copy -q - --no-resume b", "copy -q - b"},
		{"copy -? --no-resume a b", "copy -? a b"},
		{"copy --no-resumes a b", "copy --no-resumes a b"},
		{"copy a b -j", "copy a b -j"},
	} {
		require.Equal(t, c.want, strings.Join(withoutFlag(flags, strings.Fields(c.given), "no-resume"), " "), c.given)
	}
}
