package manifest_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/manifest"
)

func TestInsideReturnsThePathBeneathTheRoot(t *testing.T) {
	root := t.TempDir()
	cases := []struct{ name, path string }{
		{"a", "a"},
		{"./a", "./a"},
		{"a/b", "a/b"},
		{"-", "-"},
		{"..a", "..a"},
		{"a..", "a.."},
		{"a/...", "a/..."},
		{"a\nb", "a\nb"},
		{"inv\xff", "inv\xff"},
		{filepath.Join(root, "a"), "a"},
		{filepath.Join(root, "a", "b"), filepath.Join("a", "b")},
		{root, "."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path, err := manifest.Inside(root, c.name)
			require.NoError(t, err)
			require.Equal(t, c.path, path)
		})
	}
}

func TestInsideRefusesWhatMayLeadOut(t *testing.T) {
	root := t.TempDir()
	cases := []struct{ test, root, name, why string }{
		{"empty", root, "", "names no file here"},
		{"NUL", root, "a\x00b", "names no file here"},
		{"parent", root, "..", `holds ".."`},
		{"parent's child", root, "../a", `holds ".."`},
		{"parent in between", root, "a/../b", `holds ".."`},
		{"parent at the end", root, "a/..", `holds ".."`},
		{"parent among slashes", root, "a//..//b", `holds ".."`},
		{"absolute", root, filepath.Join(filepath.Dir(root), "other"), "is absolute"},
		{"absolute and like the root", root, root + "x", "is absolute"},
		{"absolute through a parent", root, root + "/../x", `holds ".."`},
		{"absolute without a root", "", filepath.Join(root, "a"), "is absolute"},
		{"absolute and a relative root", ".", filepath.Join(root, "a"), "is absolute"},
	}
	for _, c := range cases {
		t.Run(c.test, func(t *testing.T) {
			path, err := manifest.Inside(c.root, c.name)
			var outside *manifest.OutsideError
			require.ErrorAs(t, err, &outside)
			require.Empty(t, path)
			require.Equal(t, c.name, outside.Name)
			require.Equal(t, c.root, outside.Root)
			require.Contains(t, outside.Why, c.why)
			require.ErrorContains(t, err, "check from a folder that holds the file")
		})
	}
}

// The root may be the file system's, with nothing outside.
func TestInsideOfTheWholeFileSystem(t *testing.T) {
	dir := t.TempDir()
	top := filepath.VolumeName(dir) + string(filepath.Separator)
	path, err := manifest.Inside(top, dir)
	require.NoError(t, err)
	require.Equal(t, dir, filepath.Join(top, path))
}
