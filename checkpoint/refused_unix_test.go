//go:build darwin || freebsd || linux

package checkpoint_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

func TestFileStoreRefusesWhatOthersCanWrite(t *testing.T) {
	good := encode(t, checkpointtest.Record("bad", 5))
	writable := func(mode fs.FileMode) func(string) error {
		return func(path string) error { return errors.Join(os.WriteFile(path, good, 0o600), os.Chmod(path, mode)) }
	}
	refusals(t, map[string]refusal{
		"by the group": {writable(0o620), checkpoint.ErrOwner, "others may write to it, since its mode is -rw--w----"},
		"by all":       {writable(0o602), checkpoint.ErrOwner, "others may write to it, since its mode is -rw-----w-"},
		"FIFO":         {func(path string) error { return syscall.Mkfifo(path, 0o600) }, checkpoint.ErrCorrupt, "it is no regular file"},
	})
}

// foreigners is a directory in which everything belongs to somebody else.
type foreigners struct{ disk.Directory }

type foreign struct{ fs.FileInfo }

func (d foreigners) Lstat(name string) (fs.FileInfo, error) {
	info, err := d.Directory.Lstat(name)
	return foreign{info}, err
}

func (foreign) Sys() any { return &syscall.Stat_t{Uid: 1<<31 - 7} }

func TestFileStoreRefusesRecordsOfOtherUsers(t *testing.T) {
	d := disktest.NewLosing()
	require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), checkpointtest.Record("bad", 5)))
	_, err := checkpoint.NewFileStore(foreigners{d}).Load(t.Context(), "bad")
	checkRefused(t, err, refusal{want: checkpoint.ErrOwner, line: "it belongs to user 2147483641, and we are user "})
}

func TestOpenDirectory(t *testing.T) {
	umask := syscall.Umask(0o022)
	defer syscall.Umask(umask)
	for name, test := range map[string]struct {
		mode fs.FileMode // 0 for none
		ok   bool
	}{
		"new": {0, true}, "ours": {0o700, true}, "others read": {0o755, true}, "the group writes": {0o770, false}, "all write": {0o777, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a", "b")
			if test.mode != 0 {
				require.NoError(t, os.MkdirAll(path, 0o700))
				require.NoError(t, os.Chmod(path, test.mode))
			}
			d, err := checkpoint.OpenDirectory(t.Context(), path)
			if !test.ok {
				require.ErrorIs(t, err, checkpoint.ErrOwner)
				require.ErrorContains(t, err, path)
				require.ErrorContains(t, err, "name another directory, or make this one yours: chown it, and chmod go-w")
				return
			}
			require.NoError(t, err)
			require.NoError(t, d.Close())
			info, err := os.Stat(path)
			require.NoError(t, err)
			if test.mode == 0 {
				test.mode = 0o700
			}
			require.Equal(t, test.mode, info.Mode().Perm())
		})
	}
}

func TestOpenDirectoryOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	path := t.TempDir()
	require.NoError(t, os.Chown(path, 12345, -1))
	_, err := checkpoint.OpenDirectory(t.Context(), path)
	require.ErrorIs(t, err, checkpoint.ErrOwner)
	require.ErrorContains(t, err, "it belongs to user 12345, and we are user 0")
}
