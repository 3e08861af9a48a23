//go:build unix

package local_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// hang is far more than any opening takes.
const hang = 30 * time.Second

// promptly fails the test where call hangs, instead of waiting for the test
// binary's own end.
func promptly[T any](t *testing.T, call func() (T, error)) (T, error) {
	t.Helper()
	var result T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		result, err = call()
	}()
	select {
	case <-done:
	case <-time.After(hang):
		t.Fatal("hangs")
	}
	return result, err
}

// hostile fills dir with all that is not a regular file and can be made here.
func hostile(t *testing.T, dir string) {
	t.Helper()
	plant(t, dir, "file", "dir/file")
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	var listen net.ListenConfig
	t.Chdir(dir) // a socket's path has to be short
	socket, err := listen.Listen(t.Context(), "unix", "socket")
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	for name, target := range map[string]string{
		"to-file": "file", "to-dir": "dir", "to-fifo": "fifo", "dangling": "missing-target",
		"loop": "loop", "ping": "pong", "pong": "ping", "outside": "/etc/hostname", "magic": "/proc/self/exe",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
}

func refusals(t *testing.T, root *local.Root, want map[string]string) {
	t.Helper()
	for way, open := range openings {
		for name, text := range want {
			f, err := promptly(t, func() (*local.File, error) { return open(root, t.Context(), name) })
			require.EqualError(t, err, "open "+name+": "+text, way)
			require.Nil(t, f)
		}
	}
}

func TestOpensNothingButRegularFiles(t *testing.T) {
	dir := t.TempDir()
	hostile(t, dir)
	refusals(t, openRoot(t, ".", local.Options{}), map[string]string{
		"fifo":         "is a FIFO, not a regular file",
		"socket":       "is a socket, not a regular file",
		"dir":          "is a directory, not a regular file",
		".":            "is a directory, not a regular file",
		"to-file":      "is a symbolic link, not a regular file",
		"to-dir":       "is a symbolic link, not a regular file",
		"to-fifo":      "is a symbolic link, not a regular file",
		"outside":      "is a symbolic link, not a regular file",
		"magic":        "is a symbolic link, not a regular file",
		"dangling":     "is a symbolic link, not a regular file",
		"loop":         "is a symbolic link, not a regular file",
		"to-dir/file":  "a directory on the way is a symbolic link, which is not followed",
		"missing":      "no such file or directory",
		"file/below":   "not a directory",
		"missing/file": "no such file or directory",
	})
}

func TestFollowsOnlyWhenAsked(t *testing.T) {
	dir := t.TempDir()
	hostile(t, dir)
	root := openRoot(t, ".", local.Options{Follow: true})
	refusals(t, root, map[string]string{
		"to-fifo":  "is a FIFO, not a regular file",
		"to-dir":   "is a directory, not a regular file",
		"dangling": "is a symbolic link to nothing (missing-target)",
		"loop":     "too many levels of symbolic links",
		"pong":     "too many levels of symbolic links",
	})
	for way, open := range openings {
		for name, want := range map[string]string{"to-file": "file", "to-dir/file": "dir/file", "file": "file"} {
			f, err := open(root, t.Context(), name)
			require.NoError(t, err, way)
			require.Equal(t, want, content(t, f))
			require.NoError(t, f.Close())
		}
	}
	_, err := root.Open(t.Context(), "dangling")
	require.ErrorIs(t, err, fs.ErrNotExist)
	var dangling *local.DanglingLinkError
	require.ErrorAs(t, err, &dangling)
	require.Equal(t, "missing-target", dangling.Target)
}

func TestNamedFilesAreFollowed(t *testing.T) {
	hostile(t, t.TempDir())
	f, err := local.Open(t.Context(), "to-file")
	require.NoError(t, err)
	require.Equal(t, "file", content(t, f))
	require.NoError(t, f.Close())
	for name, want := range map[string]string{
		"fifo":         "is a FIFO, not a regular file",
		"to-fifo":      "is a FIFO, not a regular file",
		"socket":       "is a socket, not a regular file",
		"/dev/null":    "is a character device, not a regular file",
		"dir":          "is a directory, not a regular file",
		"dangling":     "is a symbolic link to nothing (missing-target)",
		"loop":         "too many levels of symbolic links",
		"missing":      "no such file or directory",
		"":             "no such file or directory",
		"file/":        "not a directory",
		"missing/file": "no such file or directory",
	} {
		_, err := promptly(t, func() (*local.File, error) { return local.Open(t.Context(), name) })
		require.EqualError(t, err, "open "+name+": "+want)
	}
	for _, kind := range []string{"fifo", "socket", "/dev/null"} {
		_, err := local.Open(t.Context(), kind)
		var not *storage.NotRegularError
		require.ErrorAs(t, err, &not)
		require.False(t, not.Mode.IsRegular())
	}
}

func TestDevices(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]uint32{"char": syscall.S_IFCHR, "block": syscall.S_IFBLK} {
		// 1, 3 is /dev/null; no block device has these numbers.
		if err := syscall.Mknod(filepath.Join(dir, name), mode|0o600, 1<<8|3); errors.Is(err, syscall.EPERM) {
			t.Skip("NOT RUN: making a device takes root")
		} else {
			require.NoError(t, err)
		}
	}
	t.Chdir(dir)
	root := openRoot(t, ".", local.Options{})
	for way, open := range openings {
		_, err := open(root, t.Context(), "char")
		require.EqualError(t, err, "open char: is a character device, not a regular file", way)
		_, err = open(root, t.Context(), "block")
		require.EqualError(t, err, "open block: is a block device, not a regular file", way)
	}
}

// A file is swapped for links, a FIFO and back as fast as it goes while it is
// opened: each opening ends, with the file that was there or with an error.
func TestSwapsWhileOpening(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	plant(t, dir, "a", "b/a")
	spare := t.TempDir() // each kind under a name of its own, to be renamed into place
	swap := func(i int) error {
		next := filepath.Join(spare, "next")
		var err error
		switch i % 6 { // each from a regular file, which a look then has seen
		case 0:
			err = os.Symlink(secret, next)
		case 2:
			err = os.Symlink("b/a", next)
		case 4:
			err = syscall.Mkfifo(next, 0o600)
		default:
			err = os.WriteFile(next, []byte("a"), 0o600)
		}
		return errors.Join(err, os.Rename(next, filepath.Join(dir, "a")))
	}
	ctx, stop := context.WithCancel(t.Context())
	swapped := make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil && ctx.Err() == nil; i++ {
			err = swap(i)
		}
		swapped <- err
	}()
	root := openRoot(t, dir, local.Options{})
	slow := openRoot(t, dir, local.Options{})
	require.NoError(t, useSlowWay(slow))
	opened, refused := 0, 0
	// A busy machine may not let the swapper run for a while.
	for n := 0; len(swapped) == 0 && (n < 500 || opened == 0 || refused == 0); n++ {
		for _, r := range []*local.Root{root, slow} {
			for _, open := range openings {
				f, err := promptly(t, func() (*local.File, error) { return open(r, t.Context(), "a") })
				if err != nil {
					refused++
					continue
				}
				opened++
				require.Equal(t, "a", content(t, f))
				require.NoError(t, f.Close())
			}
		}
	}
	stop()
	require.NoError(t, <-swapped)
	require.Positive(t, opened)
	require.Positive(t, refused)
	t.Logf("%d opened, %d refused", opened, refused)
}

// A file that is open is the one that its name says.
func TestStatFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("file"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	opened, err := local.StatFile(f)
	require.NoError(t, err)
	named, err := local.Stat(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, named, opened)
	require.NoError(t, f.Close())
	_, err = local.StatFile(f)
	require.ErrorIs(t, err, os.ErrClosed)
}
