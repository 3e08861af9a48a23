package local_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
	"github.com/penstock-go/penstock/stages/storage/storagetest"
)

func TestSourceSuite(t *testing.T) {
	storagetest.Source(t, storagetest.SourceDriver{
		Open: func(t *testing.T, content []byte) storage.Source {
			t.Helper()
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path, content, 0o600))
			f, err := local.Open(t.Context(), path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, f.Close()) })
			return f
		},
		Change: func(t *testing.T, src storage.Source, content []byte) {
			t.Helper()
			path := src.(*local.File).Path()
			require.NoError(t, os.WriteFile(path, content, 0o600))
			// Before Linux 6.13 a time stamp is the clock's last tick, which may
			// be the one in which the file was made.
			later := time.Now().Add(time.Second)
			require.NoError(t, os.Chtimes(path, later, later))
		},
	})
}

// A reader that asks for more than the file holds learns of the end in the same
// call; one that asks for exactly that has to ask again.
func TestReaderEndsWithoutAnotherRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, storagetest.Content(10), 0o600))
	f, err := local.Open(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	for room, want := range map[int]error{9: nil, 10: nil, 11: io.EOF} {
		r, err := f.OpenAt(t.Context(), 0)
		require.NoError(t, err)
		n, err := r.Read(make([]byte, room))
		require.Equal(t, min(room, 10), n)
		require.Equal(t, want, err, "room for %d", room)
		require.NoError(t, r.Close())
		_, err = r.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrClosed)
	}
}

// Nobody reads from the descriptor's number after Close has given it back.
func TestCloseWhileReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	content := storagetest.Content(64 << 10)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	other := filepath.Join(t.TempDir(), "other")
	require.NoError(t, os.WriteFile(other, make([]byte, 64<<10), 0o600))
	for range 50 {
		f, err := local.Open(t.Context(), path)
		require.NoError(t, err)
		var readers sync.WaitGroup
		begun := make(chan struct{}, 2) // one for each reader
		for range cap(begun) {
			readers.Go(func() {
				p := make([]byte, len(content))
				begun <- struct{}{}
				for {
					_, err := f.ReadAt(p, 0)
					if errors.Is(err, os.ErrClosed) {
						return
					}
					if err != nil || !bytes.Equal(content, p) {
						t.Error("read another file's bytes, or", err)
						return
					}
				}
			})
		}
		<-begun
		<-begun
		require.NoError(t, f.Close())
		stranger, err := os.Open(other) // takes the number, if it is free
		require.NoError(t, err)
		readers.Wait()
		require.NoError(t, stranger.Close())
		require.ErrorIs(t, f.Close(), os.ErrClosed)
	}
}

func TestFileAdvice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, storagetest.Content(10), 0o600))
	f, err := local.Open(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, f.AdviseSequential())
	require.NoError(t, f.DropBehind(0, 10))
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.AdviseSequential(), os.ErrClosed)
	_, err = f.Identity(t.Context())
	require.ErrorIs(t, err, os.ErrClosed)
}
