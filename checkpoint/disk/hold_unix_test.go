//go:build unix

package disk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// What somebody holds stays, and what nobody does goes.
func TestRemoveAbandoned(t *testing.T) {
	d, path := open(t)
	file := filepath.Join(path, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	held, err := disk.Hold(d, "file")
	require.NoError(t, err)
	_, err = disk.Hold(d, "file")
	require.ErrorIs(t, err, disk.ErrHeld)
	require.NoError(t, disk.RemoveAbandoned(d, "file"))
	require.FileExists(t, file)
	held.Release()
	require.NoError(t, disk.RemoveAbandoned(d, "file"))
	require.NoFileExists(t, file)
	require.NoError(t, disk.RemoveAbandoned(d, "file"), "it is gone")
}

// What is no file is not ours, and is not waited for.
func TestRemoveAbandonedRefuses(t *testing.T) {
	d, path := open(t)
	require.NoError(t, os.Mkdir(filepath.Join(path, "directory"), 0o700))
	require.NoError(t, os.Symlink("directory", filepath.Join(path, "link")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(path, "fifo"), 0o600))
	for _, name := range []string{"directory", "link", "fifo"} {
		require.ErrorIs(t, disk.RemoveAbandoned(d, name), fs.ErrInvalid, name)
		_, err := os.Lstat(filepath.Join(path, name))
		require.NoError(t, err)
	}
}

// A file that is held has its name for as long, whoever takes away at the same time what
// is abandoned.
func TestHoldIsInTime(t *testing.T) {
	d, path := open(t)
	var taking sync.WaitGroup
	done := make(chan struct{})
	taking.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			names, _ := os.ReadDir(path)
			for _, n := range names {
				_ = disk.RemoveAbandoned(d, n.Name())
			}
		}
	})
	defer taking.Wait()
	defer close(done)
	kept := 0
	for i := range 2000 {
		kept += makeHeld(t, d, strconv.Itoa(i))
	}
	t.Logf("%d of 2000 were held before they were taken", kept)
	require.Positive(t, kept)
}

// makeHeld makes a file, holds it and removes it, and returns how many it has held.
func makeHeld(t *testing.T, d *disk.Root, name string) int {
	t.Helper()
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	require.NoError(t, err)
	defer f.Close()
	held, err := disk.Hold(d, name)
	if disk.Taken(err) {
		return 0
	}
	require.NoError(t, err)
	defer held.Release()
	require.NoError(t, d.Remove(name), "what is held was taken")
	return 1
}
