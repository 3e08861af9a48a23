package batch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/batch"
)

// kinds walks as it is told and says what came, a line each.
func kinds(t *testing.T, o batch.WalkOptions) (lines []string) {
	t.Helper()
	walk, err := batch.NewWalk(o)
	require.NoError(t, err)
	defer walk.Close()
	require.NoError(t, walk.Files(t.Context(), func(f batch.File) error {
		what := map[batch.Kind]string{batch.RegularFile: "file", batch.Directory: "in", batch.Leave: "out", batch.SymbolicLink: "link"}[f.Kind]
		if f.Err != nil {
			what = "error"
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s | %s", what, f.Path, f.Below())))
		return nil
	}))
	return lines
}

func TestWalkHandsOnDirectoriesAndLinks(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"r/a/b", "r/empty", "r/a.d"} {
		require.NoError(t, os.MkdirAll(dir, 0o700))
	}
	for _, file := range []string{"r/a/b/f", "r/a-b", "r/z", "alone"} {
		require.NoError(t, os.WriteFile(file, nil, 0o600))
	}
	for _, link := range []string{"r/link", "r/a/l", "r/dangling"} {
		require.NoError(t, os.Symlink("z", link))
	}
	want := []string{
		"in r |",
		"file r/a-b | a-b",
		"in r/a.d | a.d", "out r/a.d | a.d",
		"in r/a | a",
		"in r/a/b | a/b", "file r/a/b/f | a/b/f", "out r/a/b | a/b",
		"link r/a/l | a/l",
		"out r/a | a",
		"link r/dangling | dangling",
		"in r/empty | empty", "out r/empty | empty",
		"link r/link | link",
		"file r/z | z",
		"out r |",
		"file alone |",
	}
	require.Equal(t, want, kinds(t, batch.WalkOptions{Paths: []string{"r", "alone"}, Directories: true, Links: true}))
	require.Equal(t, []string{"file r/a-b | a-b", "file r/a/b/f | a/b/f", "file r/z | z"}, kinds(t, batch.WalkOptions{Paths: []string{"r"}}))

	// The names of many go through a temporary file, and keep their marks.
	for i := range 500 {
		require.NoError(t, os.Symlink("z", filepath.Join("r/empty", fmt.Sprint("link", i))))
	}
	got := kinds(t, batch.WalkOptions{Paths: []string{"r/empty"}, Directories: true, Links: true, Memory: 2000})
	require.Len(t, got, 502)
	for _, line := range got[1:501] {
		require.Regexp(t, `^link r/empty/link\d+ \| link\d+$`, line)
	}

	got = kinds(t, batch.WalkOptions{Paths: []string{"r"}, Directories: true, Links: true, Filter: batch.Filter{Exclude: []string{"a*"}}})
	require.Equal(t, "in r |", got[0])
	require.NotContains(t, strings.Join(got, "\n"), "r/a")
}
