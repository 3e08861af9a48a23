package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// What is read back is what was left or published, or nothing.
func TestReread(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	temp := left(t, folder, "file", "1234", true)
	reread := func(file checkpoint.File) error {
		t.Helper()
		f, err := folder.Reread(t.Context(), file, local.FromCache)
		if err != nil {
			return err
		}
		require.Equal(t, "1234", content(t, f))
		require.Equal(t, filepath.Join(dir, file.Path), f.Path())
		return f.Close()
	}
	require.NoError(t, reread(temp))
	id, err := folder.Publish(t.Context(), temp, "file")
	require.NoError(t, err)
	file, path := checkpoint.File{Path: "file", Identity: id}, filepath.Join(dir, "file")
	require.NoError(t, reread(file))
	require.NoError(t, reread(checkpoint.File{Path: "file", Identity: temp.Identity}), "renaming is no change")
	require.ErrorIs(t, reread(temp), os.ErrNotExist)

	require.NoError(t, os.Chtimes(path, id.Modified(), id.Modified().Add(1)))
	var changed *storage.ChangedError
	require.ErrorAs(t, reread(file), &changed, "written to since")
	require.Equal(t, id, changed.Before)
	require.Equal(t, id.ModTime+1, changed.After.ModTime)
	require.NoError(t, os.Rename(path, path+".moved"))
	require.NoError(t, os.WriteFile(path, []byte("1234"), 0o600))
	require.NoError(t, os.Chtimes(path, id.Modified(), id.Modified()))
	require.ErrorIs(t, reread(file), storage.ErrChanged, "another file")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink(path+".moved", path))
	require.ErrorContains(t, reread(file), "is a symbolic link, not a regular file")
	require.Error(t, reread(checkpoint.File{Path: "../" + filepath.Base(dir)}))
}

// What stays in the cache is not read as if it came from the medium. A page that
// somebody has mapped stays.
func TestRereadFromTheMedium(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	temp := left(t, folder, "file", "1234", true)
	f, err := os.Open(filepath.Join(dir, temp.Path))
	require.NoError(t, err)
	defer f.Close()
	var seen unix.Cachestat_t
	if err := unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{}, &seen, 0); err != nil {
		t.Skipf("NOT RUN: this kernel does not say what is in its cache: %v", err)
	}
	page, err := unix.Mmap(int(f.Fd()), 0, 4, unix.PROT_READ, unix.MAP_SHARED)
	require.NoError(t, err)
	require.Equal(t, byte('1'), page[0])
	_, err = folder.Reread(t.Context(), temp, local.FromMedium)
	require.ErrorIs(t, err, local.ErrCached)
	require.ErrorContains(t, err, "open "+filepath.Join(dir, temp.Path)+": cannot be read from the medium: 1 pages of it stay in the cache")
	back, err := folder.Reread(t.Context(), temp, local.FromCache)
	require.NoError(t, err, "there it may be")
	require.NoError(t, back.Close())

	require.NoError(t, unix.Munmap(page))
	back, err = folder.Reread(t.Context(), temp, local.FromMedium)
	if err != nil {
		t.Skipf("NOT RUN to its end: this file system is its cache: %v", err)
	}
	require.Equal(t, "1234", content(t, back))
	require.NoError(t, back.Close())
}
