package local_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage/local"
)

func TestResolveStaysBeneath(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "root")
	require.NoError(t, os.MkdirAll(filepath.Join(root, "dir"), 0o755))
	for _, name := range []string{"secret", "root/a", "root/dir/b"} {
		require.NoError(t, os.WriteFile(filepath.Join(top, name), []byte(name), 0o644))
	}
	for link, target := range map[string]string{
		"up": "../secret", "way": "dir", "to-a": "a", "loop": "loop", "gone": "nothing",
		"round": "../root/dir/b", "absolute": filepath.Join(root, "a"), "top": "/",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(root, link)))
	}
	r, err := local.OpenRoot(t.Context(), root, local.Options{})
	require.NoError(t, err)
	defer r.Close()

	for name, want := range map[string]string{
		"a": "a", "dir/b": "dir/b", "to-a": "a", "way/b": "dir/b", "round": "dir/b", "absolute": "a",
	} {
		got, err := r.Resolve(t.Context(), name)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		f, err := r.Open(t.Context(), got)
		require.NoError(t, err, name)
		require.NoError(t, f.Close())
	}
	for _, name := range []string{"up", "top", "top/etc/passwd"} {
		_, err := r.Resolve(t.Context(), name)
		require.ErrorContains(t, err, "leads out of the directory", name)
	}
	for _, name := range []string{"gone", "no"} {
		_, err := r.Resolve(t.Context(), name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	_, err = r.Resolve(t.Context(), "loop")
	require.Error(t, err)
}

// A list may hold names that are longer than the system takes at once.
func TestRootOpensNamesBeyondPathMax(t *testing.T) {
	top := t.TempDir()
	dir, err := os.OpenRoot(top)
	require.NoError(t, err)
	name := ""
	for range 60 {
		part := strings.Repeat("d", 100)
		require.NoError(t, dir.Mkdir(part, 0o755))
		below, err := dir.OpenRoot(part)
		require.NoError(t, err)
		require.NoError(t, dir.Close())
		dir, name = below, name+part+"/"
	}
	require.NoError(t, dir.WriteFile("f", []byte("deep"), 0o644))
	require.NoError(t, dir.Close())

	r, err := local.OpenRoot(t.Context(), top, local.Options{})
	require.NoError(t, err)
	defer r.Close()
	f, err := r.Open(t.Context(), name+"f")
	require.NoError(t, err)
	require.Equal(t, int64(4), f.Size())
	require.Contains(t, f.Path(), name+"f")
	require.NoError(t, f.Close())
	_, err = r.Open(t.Context(), name+"nothing")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
