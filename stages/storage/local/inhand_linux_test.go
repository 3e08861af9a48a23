package local_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// A directory that somebody has in hand is looked for again only when its name has led
// elsewhere.
func TestFolderInHand(t *testing.T) {
	dir, calls := t.TempDir(), &disktest.Failing{}
	target, err := local.NewTarget(calls.Wrap(open(t, dir)).(disk.Tree), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	require.NoError(t, target.MakeDir(t.Context(), "a"))
	first := folders(t, target, "a", "a", "a")[0]
	require.Equal(t, []int{1}, counted(calls.Calls(), "lstat a"))

	for _, sync := range []func() error{
		func() error { return first.SyncNames(t.Context()) },
		func() error { return target.SyncNames(t.Context(), []*local.Folder{first})[0] },
	} {
		require.NoError(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "moved")))
		require.ErrorIs(t, sync(), fs.ErrNotExist)
		_, err = target.Folder(t.Context(), "a")
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NoError(t, os.Mkdir(filepath.Join(dir, "a"), 0o700))
		first = folders(t, target, "a")[0]
		require.NoError(t, sync())
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "moved")))
	}
}

// One that is only still open is looked for.
func TestFolderThatIsIdle(t *testing.T) {
	dir, target, _ := targetIn(t, ".")
	require.NoError(t, target.MakeDir(t.Context(), "a"))
	folder, err := target.Folder(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, folder.SyncNames(t.Context()))
	require.NoError(t, folder.Close())
	require.NoError(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "moved")))
	require.NoError(t, os.Symlink("moved", filepath.Join(dir, "a")))
	_, err = target.Folder(t.Context(), "a")
	require.ErrorIs(t, err, local.ErrLinkOnWay)
}
