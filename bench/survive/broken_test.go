package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An edit that matches nothing any more would break nothing, and be caught by nothing.
func TestBreakagesMatchTheSourceOnce(t *testing.T) {
	for _, b := range breakages {
		source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(b.file)))
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(source), b.old), "%s: mend its edit of %s", b.what, b.file)
		require.NotEmpty(t, b.by, b.what)
	}
}

func TestClassTakesOutWhatChanceHasMade(t *testing.T) {
	for name, want := range map[string]string{
		"after write .penstock-4G5NX2A2BNONAZNHOTCGKCLUD4.tmp":                               "after write .penstock-*.tmp",
		"after write .penstock-d0010ad4800dlist-4G5NX2A2BNONAZNHOTCGKCLUD4.tmp":              "after write .penstock-*.tmp",
		"before rename " + strings.Repeat("0a", 32) + ".record":                              "before rename *.record",
		"after sync " + strings.Repeat("0a", 32) + ".journal.QXI7GLLRBCDN6YLYV7WRM4JQIS.tmp": "after sync *.journal.*.tmp",
		"before rename a8686b417935.job":                                                     "before rename *.job",
		"after rename small-003":                                                             "after rename small-*",
		"before sync penstock/.":                                                             "before sync penstock/.",
		"out/copy/a/.penstock-4G5NX2A2BNONAZNHOTCGKCLUD4.tmp":                                "out/copy/a/.penstock-*.tmp",
	} {
		require.Equal(t, want, class(name))
	}
}
