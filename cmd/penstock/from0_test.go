package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// names0 collects what namesFrom0 yields of standard input.
func names0(r io.Reader) (names []string, err error) {
	for name, err := range namesFrom0("-", r) {
		if err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

func TestNamesFrom0(t *testing.T) {
	long := strings.Repeat("x", longestPath-1)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":           {"", nil},
		"one":               {"a\x00", []string{"a"}},
		"unended":           {"a\x00b", []string{"a", "b"}},
		"unended alone":     {"b", []string{"b"}},
		"empty names":       {"\x00\x00a\x00\x00b\x00\x00", []string{"a", "b"}},
		"only empty names":  {"\x00\x00", nil},
		"newlines in names": {"a\nb\x00\n\x00", []string{"a\nb", "\n"}},
		"not UTF-8":         {"\xff\x00", []string{"\xff"}},
		"longest":           {long + "\x00a\x00", []string{long, "a"}},
		"longest unended":   {"a\x00" + long, []string{"a", long}},
	} {
		t.Run(name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"whole": strings.NewReader(c.in),
				"bytes": iotest.OneByteReader(strings.NewReader(c.in)),
				"eof":   iotest.DataErrReader(strings.NewReader(c.in)),
			} {
				got, err := names0(r)
				require.NoError(t, err, how)
				require.Equal(t, c.want, got, how)
			}
		})
	}
}

func TestNamesFrom0RefusesWhatIsNoListOfNames(t *testing.T) {
	for _, tail := range []string{"", "\x00", "\x00b\x00"} {
		got, err := names0(strings.NewReader("a\x00" + strings.Repeat("x", longestPath+1) + tail))
		require.Equal(t, []string{"a"}, got, "those before it are names")
		require.ErrorContains(t, err, "--files-from0 -: a name of more than 65536 bytes; names are ended by NUL")
	}
}

func TestNamesFrom0PassesOnAnErrorOfReading(t *testing.T) {
	broken := errors.New("broken")
	got, err := names0(io.MultiReader(strings.NewReader("a\x00b"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.Equal(t, exitFatal, codeOf(err))
	require.Contains(t, got, "a")
}

func TestNamesFrom0StopsWhenNobodyWantsMore(t *testing.T) {
	var got []string
	for name, err := range namesFrom0("-", strings.NewReader("a\x00b\x00c\x00")) {
		require.NoError(t, err)
		got = append(got, name)
		break
	}
	require.Equal(t, []string{"a"}, got)
}

func codeOf(err error) int {
	if coded, ok := errors.AsType[*codeError](err); ok {
		return coded.code
	}
	return -1
}
