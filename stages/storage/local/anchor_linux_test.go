package local_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

func TestFileIsTheOneThatWasSeen(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "seen", "other")
	_, err := local.OpenSwapped("seen", "other")
	require.ErrorIs(t, err, storage.ErrChanged)
	require.EqualError(t, err, "changed while opening: another file took its place; run it again when nobody writes to it")
	f, err := local.OpenSwapped("seen", "seen")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// What is no file is not even opened, which a device could take for an order. A
// listed name is: nobody looked.
func TestOpenLooksFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, unix.Mkfifo("fifo", 0o600))
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(watch)) }()
	_, err = unix.InotifyAddWatch(watch, "fifo", unix.IN_OPEN)
	require.NoError(t, err)
	root := openRoot(t, ".", local.Options{})
	event := make([]byte, 4<<10)

	_, err = root.Open(t.Context(), "fifo")
	require.Error(t, err)
	_, err = local.Open(t.Context(), "fifo")
	require.Error(t, err)
	_, err = unix.Read(watch, event)
	require.ErrorIs(t, err, unix.EAGAIN, "it was opened")

	_, err = root.OpenListed(t.Context(), "fifo")
	require.Error(t, err)
	_, err = unix.Read(watch, event)
	require.NoError(t, err, "the watch works")
}

func TestRootSaysWhatLeadsOut(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "secret", "in/a")
	root := openRoot(t, "in", local.Options{})
	for way, open := range openings {
		_, err := open(root, t.Context(), "../secret")
		require.EqualError(t, err, "open in/../secret: leads out of the directory that it is named in", way)
	}
}

// A directory on the way is exchanged for a link out of the root as fast as it
// goes: what is opened is always what is beneath.
func TestSwapsOnTheWay(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	plant(t, dir, "b/a")
	require.NoError(t, os.WriteFile(filepath.Join(outside, "a"), []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "c")))
	ctx, stop := context.WithCancel(t.Context())
	swapped := make(chan error, 1)
	go func() {
		var err error
		for err == nil && ctx.Err() == nil {
			err = unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, "b"), unix.AT_FDCWD, filepath.Join(dir, "c"),
				unix.RENAME_EXCHANGE)
		}
		swapped <- err
	}()
	root := openRoot(t, dir, local.Options{})
	slow := openRoot(t, dir, local.Options{})
	require.NoError(t, slow.UseSlowWay())
	opened, refused := 0, 0
	// A busy machine may not let the swapper run for a while.
	for n := 0; len(swapped) == 0 && (n < 2000 || opened == 0 || refused == 0); n++ {
		for _, r := range []*local.Root{root, slow} {
			f, err := r.OpenListed(t.Context(), "b/a")
			if err != nil {
				refused++
				continue
			}
			opened++
			require.Equal(t, "b/a", content(t, f))
			require.NoError(t, f.Close())
		}
	}
	stop()
	require.NoError(t, <-swapped)
	require.Positive(t, opened)
	require.Positive(t, refused)
	t.Logf("%d opened, %d refused", opened, refused)
}
