package disktest_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

func create(t *testing.T, d disk.Directory, name string) {
	t.Helper()
	f, err := d.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func status(t *testing.T, d disk.Directory, name string) *syscall.Stat_t {
	t.Helper()
	info, err := d.Lstat(name)
	require.NoError(t, err)
	return info.Sys().(*syscall.Stat_t)
}

// Inodes of files that are gone are given again, but never one that a power cut
// could bring back.
func TestLosingUsesInodesAgain(t *testing.T) {
	l := disktest.NewLosing()
	create(t, l, "a")
	a := status(t, l, "a").Ino
	require.NoError(t, disk.SyncNames(l))
	require.NoError(t, l.Remove("a"))
	create(t, l, "b")
	require.NotEqual(t, a, status(t, l, "b").Ino, "a may come back")
	require.NoError(t, disk.SyncNames(l))
	create(t, l, "c")
	require.Equal(t, a, status(t, l, "c").Ino)
}

// A rename keeps the inode and the modification time, and changes the other.
func TestLosingKeepsInodeOverRename(t *testing.T) {
	l := disktest.NewLosing()
	create(t, l, "a")
	before := status(t, l, "a")
	require.EqualValues(t, os.Geteuid(), before.Uid)
	require.NoError(t, l.Rename("a", "b"))
	after := status(t, l, "b")
	require.Equal(t, before.Ino, after.Ino)
	require.Equal(t, before.Mtim, after.Mtim)
	require.NotEqual(t, before.Ctim, after.Ctim)
	require.NoError(t, disk.SyncNames(l))
	require.Equal(t, before.Ino, status(t, l.Crash(1), "b").Ino)
}
