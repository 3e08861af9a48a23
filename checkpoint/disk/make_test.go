package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

func TestMake(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, path := range map[string]string{
		"new": filepath.Join(dir, "a"), "there": filepath.Join(dir, "a"), "deep": filepath.Join(dir, "b", "c", "d"), "relative": "e",
	} {
		t.Run(name, func(t *testing.T) {
			d, err := disk.Make(path, 0o700)
			require.NoError(t, err)
			require.NoError(t, d.Close())
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.True(t, info.IsDir())
			if runtime.GOOS != "windows" {
				require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
			}
		})
	}
	require.NoError(t, os.WriteFile("file", nil, 0o600))
	for _, path := range []string{"file", filepath.Join("file", "below")} {
		_, err := disk.Make(path, 0o700)
		require.Error(t, err, path)
	}
}

// Each directory is synced once the one below it is there, from the top down: a
// name beneath one that does not last is lost with it.
func TestMakeSyncsEveryDirectoryAbove(t *testing.T) {
	dir := t.TempDir()
	var synced []string
	sync := func(path string) error {
		below, err := os.ReadDir(path)
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		for _, d := range below {
			synced = append(synced, filepath.ToSlash(filepath.Join(rel, d.Name())))
		}
		return nil
	}
	require.NoError(t, disk.MakeLasting(filepath.Join(dir, "a", "b", "c"), 0o700, sync))
	require.Equal(t, []string{"a", "a/b", "a/b/c"}, synced)
	synced = nil
	require.NoError(t, disk.MakeLasting(filepath.Join(dir, "a", "b", "c"), 0o700, sync))
	require.Equal(t, []string{"a/b/c"}, synced, "whoever made it may not have")
	failed := errors.New("failed")
	err := disk.MakeLasting(filepath.Join(dir, "x", "y"), 0o700, func(string) error { return failed })
	require.ErrorIs(t, err, failed)
	require.NoDirExists(t, filepath.Join(dir, "x", "y"))
}
