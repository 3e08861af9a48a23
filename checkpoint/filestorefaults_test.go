package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// faults are those that a disk really has.
var faults = []error{
	syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EROFS, syscall.EINTR, errors.New("short write"),
}

var extents = map[string]disktest.Extent{"nothing": disktest.Nothing, "half": disktest.Half, "whole": disktest.Whole}

// Whatever call of a Save fails, and however much of it happened, the record is the
// old one or the new one, the caller is told, and no file was synced again.
func TestFileStoreSaveFailsAtEveryCall(t *testing.T) {
	for extent := range extents {
		for _, fault := range faults {
			for _, lasting := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v, %s of it, lasting %v", fault, extent, lasting), func(t *testing.T) {
					everyCall(t, func() *disktest.Failing {
						return &disktest.Failing{Err: fault, Extent: extents[extent], Lasting: lasting}
					}, func(failing *disktest.Failing) { saveOver(t, failing) })
				})
			}
		}
	}
}

// everyCall calls try with the k-th call failing, for every k.
func everyCall(t *testing.T, fails func() *disktest.Failing, try func(*disktest.Failing)) {
	t.Helper()
	for k := 1; ; k++ {
		failing := fails()
		failing.At = k
		try(failing)
		if !failing.Hit() {
			require.Greater(t, k, 3)
			return
		}
	}
}

// saveOver saves over an old record on a failing disk.
func saveOver(t *testing.T, failing *disktest.Failing) {
	t.Helper()
	d := disktest.NewLosing()
	before, after := checkpointtest.Record("a", 1), checkpointtest.Record("a", 2)
	require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), before))
	s := checkpoint.NewFileStore(failing.Wrap(d))
	err := s.Save(t.Context(), after)
	got, loadErr := checkpoint.NewFileStore(d).Load(t.Context(), "a")
	require.NoError(t, loadErr)
	if !failing.Hit() {
		require.NoError(t, err)
		require.Equal(t, after, got)
		return
	}
	require.ErrorIs(t, err, failing.Err)
	require.Contains(t, []checkpoint.Record{before, after}, got)
	calls := failing.Calls()
	failed := calls[failing.At-1]
	if strings.HasPrefix(failed, "sync ") {
		require.Equal(t, failing.At-1, slices.Index(calls, failed))
		require.NotContains(t, calls[failing.At:], failed, "synced again after a failure")
	}
	// Only the file whose opening was said to have failed can be left.
	if !failing.Lasting && !strings.HasPrefix(failed, "open ") {
		for _, name := range names(t, d) {
			require.False(t, strings.HasSuffix(name, ".tmp"), "%s is left after %s", name, failed)
		}
	}
	if !failing.Lasting && failed != "open ." && failed != "sync ." && failed != "close ." {
		require.NoError(t, s.Save(t.Context(), after), "the next one is a new file")
	}
}

func names(t *testing.T, d disk.Directory) (found []string) {
	t.Helper()
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	require.NoError(t, err)
	entries, err := f.ReadDir(-1)
	require.NoError(t, err)
	for _, e := range entries {
		found = append(found, e.Name())
	}
	require.NoError(t, f.Close())
	return found
}

// After a sync of the directory that failed the next one would say nil, and the
// name be lost all the same.
func TestFileStoreStopsAfterFailedSyncOfDirectory(t *testing.T) {
	d := disktest.NewLosing()
	failing := &disktest.Failing{Err: syscall.EIO, At: 7}
	s := checkpoint.NewFileStore(failing.Wrap(d))
	require.ErrorIs(t, s.Save(t.Context(), checkpointtest.Record("a", 1)), syscall.EIO)
	require.Equal(t, "sync .", failing.Calls()[6])
	n := len(failing.Calls())
	for _, err := range []error{s.Save(t.Context(), checkpointtest.Record("b", 1)), s.Delete(t.Context(), "a")} {
		require.ErrorIs(t, err, syscall.EIO)
		require.ErrorContains(t, err, "an earlier sync of the directory went wrong")
	}
	require.NotContains(t, failing.Calls()[n:], "sync .")
	_, err := s.Load(t.Context(), "a")
	require.NoError(t, err, "reading goes on")
}

// failsOnce is a directory whose first sync waits to be let go, and then fails.
type failsOnce struct {
	disk.Directory
	syncing, letGo, renamed chan struct{}
	synced                  *atomic.Int64
}

type failsOnceNames struct {
	disk.File
	d failsOnce
}

func (d failsOnce) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	f, err := d.Directory.OpenFile(name, flag, perm)
	if name == "." {
		return failsOnceNames{f, d}, err
	}
	return f, err
}

func (d failsOnce) Rename(from, to string) error {
	defer func() { d.renamed <- struct{}{} }()
	return d.Directory.Rename(from, to)
}

func (f failsOnceNames) Sync() error {
	if f.d.synced.Add(1) > 1 {
		return nil
	}
	close(f.d.syncing)
	<-f.d.letGo
	return syscall.EIO
}

// Of two Saves at once, the sync of the first fails after the second has renamed
// its file: the second must not say nil, for its name may be lost as well.
func TestFileStoreFailsAllThatWaitForASync(t *testing.T) {
	d := failsOnce{disktest.NewLosing(), make(chan struct{}), make(chan struct{}), make(chan struct{}, 2), new(atomic.Int64)}
	s := checkpoint.NewFileStore(d)
	var first, second error
	var all sync.WaitGroup
	all.Go(func() { first = s.Save(t.Context(), checkpointtest.Record("a", 1)) })
	<-d.renamed
	<-d.syncing
	all.Go(func() { second = s.Save(t.Context(), checkpointtest.Record("b", 1)) })
	<-d.renamed
	close(d.letGo)
	all.Wait()
	require.ErrorIs(t, first, syscall.EIO)
	require.ErrorIs(t, second, syscall.EIO)
}

func TestFileStoreDeleteFailsAtEveryCall(t *testing.T) {
	fails := func() *disktest.Failing { return &disktest.Failing{Err: syscall.EIO} }
	everyCall(t, fails, func(failing *disktest.Failing) {
		d := disktest.NewLosing()
		require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), checkpointtest.Record("a", 1)))
		err := checkpoint.NewFileStore(failing.Wrap(d)).Delete(t.Context(), "a")
		if !failing.Hit() {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, syscall.EIO)
	})
}

// Load and List say what the disk said, and never that there is no record.
func TestFileStoreLoadFailsAtEveryCall(t *testing.T) {
	d := disktest.NewLosing()
	want := checkpointtest.Record("a", 1)
	require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), want))
	reads := map[string]func(s *checkpoint.FileStore) error{
		"load": func(s *checkpoint.FileStore) error {
			r, err := s.Load(t.Context(), "a")
			if err == nil {
				require.Equal(t, want, r)
			}
			return err
		},
		"list": func(s *checkpoint.FileStore) (failed error) {
			n := 0
			for r, err := range s.List(t.Context()) {
				require.NoError(t, failed, "an error is the last")
				if failed = err; err == nil {
					require.Equal(t, want, r)
					n++
				}
			}
			if failed == nil {
				require.Equal(t, 1, n)
			}
			return failed
		},
	}
	for name, read := range reads {
		for extent := range extents {
			k := 1
			for ; ; k++ {
				failing := &disktest.Failing{At: k, Err: syscall.EIO, Extent: extents[extent]}
				err := read(checkpoint.NewFileStore(failing.Wrap(d)))
				if !failing.Hit() {
					require.NoError(t, err)
					break
				}
				if !strings.HasPrefix(failing.Calls()[k-1], "close ") { // nothing was lost
					require.ErrorIs(t, err, syscall.EIO, "%s: %s", name, failing.Calls()[k-1])
				}
			}
			require.GreaterOrEqual(t, k, 6)
		}
	}
}

// A power cut at any call leaves a record that is not older than the last Save
// that said nil, and never a wrong one.
func TestFileStoreSurvivesPowerCuts(t *testing.T) {
	fails := func() *disktest.Failing {
		return &disktest.Failing{Err: errors.New("power cut"), Extent: disktest.Whole, Lasting: true}
	}
	everyCall(t, fails, func(failing *disktest.Failing) {
		d := disktest.NewLosing()
		saved, failed := saveSome(t.Context(), checkpoint.NewFileStore(failing.Wrap(d)))
		require.Equal(t, failing.Hit(), failed != "")
		for seed := range uint64(100) {
			s := checkpoint.NewFileStore(d.Crash(seed))
			for stream, offset := range saved {
				err := checkSaved(t.Context(), s, stream, offset, failed == "delete "+stream)
				require.NoError(t, err, "call %d, which failed to %s, seed %d", failing.At, failed, seed)
			}
			for _, err := range s.List(t.Context()) {
				require.NoError(t, err, "call %d, which failed to %s, seed %d", failing.At, failed, seed)
			}
		}
	})
}

// checkSaved is nil if the record is the one that was saved last, or a later one.
func checkSaved(ctx context.Context, s *checkpoint.FileStore, stream string, offset int64, deleting bool) error {
	r, err := s.Load(ctx, stream)
	gone := errors.Is(err, checkpoint.ErrNotFound)
	switch {
	case gone && (offset == none || offset == deleted || deleting):
		return nil
	case err != nil:
		return err
	case offset == deleted:
		return errors.New("it was deleted, and came back")
	case r.Offset < offset:
		return fmt.Errorf("offset %d was saved, and %d is there", offset, r.Offset)
	case !reflect.DeepEqual(r, checkpointtest.Record(stream, r.Offset)):
		return fmt.Errorf("%+v was never saved", r)
	}
	return nil
}

const (
	none    = 0  // nothing was saved yet
	deleted = -1 // and so it must stay
)

// saveSome saves two streams in turn and deletes one of them, until the first
// error: what it was doing then is failed.
func saveSome(ctx context.Context, s *checkpoint.FileStore) (saved map[string]int64, failed string) {
	saved = map[string]int64{"a": none, "b": none}
	for offset := int64(1); offset <= 3; offset++ {
		for _, stream := range []string{"a", "b"} {
			if s.Save(ctx, checkpointtest.Record(stream, offset)) != nil {
				return saved, "save " + stream
			}
			saved[stream] = offset
		}
	}
	if s.Delete(ctx, "b") != nil {
		return saved, "delete b"
	}
	saved["b"] = deleted
	if s.Delete(ctx, "b") != nil {
		return saved, "delete b"
	}
	return saved, ""
}
