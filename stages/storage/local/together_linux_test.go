package local_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// failingTarget is a target in memory.
func failingTarget(t *testing.T, failing *disktest.Failing) (*local.Target, *disktest.Losing) {
	t.Helper()
	l := disktest.NewLosing()
	target, err := local.NewTarget(failing.Wrap(l).(disk.Tree), "to")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	return target, l
}

// fill begins and finishes files of these names, each holding its own, in directories
// that it makes.
func fill(t *testing.T, target *local.Target, names ...string) (sinks []*local.Sink) {
	t.Helper()
	for _, name := range names {
		for i, r := range name {
			if r == '/' {
				require.NoError(t, target.MakeDir(t.Context(), name[:i]))
			}
		}
		sink := create(t, target, name)
		_, err := io.WriteString(sink, name)
		require.NoError(t, err)
		require.NoError(t, sink.Finish(t.Context(), local.Meta{}, int64(len(name))))
		sinks = append(sinks, sink)
		t.Cleanup(func() { _ = sink.Abort(t.Context()) })
	}
	return sinks
}

// folders are those of these names. They are closed with the test.
func folders(t *testing.T, target *local.Target, names ...string) (all []*local.Folder) {
	t.Helper()
	for _, name := range names {
		f, err := target.Folder(t.Context(), name)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, f.Close()) })
		all = append(all, f)
	}
	return all
}

// counted says how many of the calls match each of the patterns.
func counted(calls []string, patterns ...string) (counts []int) {
	for _, pattern := range patterns {
		n := 0
		for _, call := range calls {
			if ok, _ := path.Match(pattern, call); ok {
				n++
			}
		}
		counts = append(counts, n)
	}
	return counts
}

func numbered(n int, in ...string) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s/%d", in[i%len(in)], i))
	}
	return names
}

// Few files are synced one by one, and many by one sync of their file system, which
// goes by the one that was opened first. None is synced twice.
func TestSyncTogether(t *testing.T) {
	for n, want := range map[int][]int{0: {0, 0}, 1: {1, 0}, 3: {3, 0}, 4: {0, 1}, 9: {0, 1}} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			failing := new(disktest.Failing)
			target, _ := failingTarget(t, failing)
			sinks := fill(t, target, numbered(n, "a", "b/c")...)
			reversed := slices.Clone(sinks)
			slices.Reverse(reversed)
			require.Equal(t, make([]error, n), local.SyncTogether(t.Context(), reversed))
			calls := failing.Calls()
			require.Equal(t, want, counted(calls, "sync .penstock*", "syncfilesystem *"))
			if want[1] > 0 {
				temp, err := sinks[0].Temp(t.Context())
				require.NoError(t, err)
				require.Contains(t, calls, "syncfilesystem "+temp.Path)
			}
			require.Equal(t, make([]error, n), local.SyncTogether(t.Context(), sinks))
			require.Equal(t, want, counted(failing.Calls(), "sync .penstock*", "syncfilesystem *"))
		})
	}
}

// Where the file system cannot be synced at once, each file is.
func TestSyncTogetherOneByOne(t *testing.T) {
	failing := &disktest.Failing{At: 1, Err: errors.ErrUnsupported, Only: func(call string) bool { return strings.HasPrefix(call, "syncfilesystem ") }}
	target, _ := failingTarget(t, failing)
	sinks := fill(t, target, numbered(5, "a")...)
	require.Equal(t, make([]error, 5), local.SyncTogether(t.Context(), sinks))
	require.Equal(t, []int{5, 1}, counted(failing.Calls(), "sync .penstock*", "syncfilesystem *"))
}

// A sync that fails, fails all that share it, for good; a sink that it is not the turn
// of fails alone.
func TestSyncTogetherFails(t *testing.T) {
	for n, shared := range map[int]bool{3: false, 5: true} {
		failing := &disktest.Failing{At: 1, Err: syscall.EIO, Only: func(call string) bool { return strings.HasPrefix(call, "sync") }}
		target, l := failingTarget(t, failing)
		sinks := append(fill(t, target, numbered(n, "a")...), create(t, target, "a/unfinished"))
		errs := local.SyncTogether(t.Context(), sinks)
		require.ErrorContains(t, errs[n], "is not finished and synced")
		failed := 0
		for i, err := range errs[:n] {
			if err == nil {
				require.NoError(t, sinks[i].Publish(t.Context()))
				continue
			}
			failed++
			require.ErrorIs(t, err, syscall.EIO)
			require.ErrorContains(t, sinks[i].Publish(t.Context()), "an earlier sync went wrong")
			require.ErrorContains(t, local.SyncTogether(t.Context(), sinks[i:i+1])[0], "an earlier sync went wrong")
			require.Error(t, sinks[i].Leave(t.Context()), "what was written since the last sync may be lost")
		}
		require.Equal(t, map[bool]int{false: 1, true: n}[shared], failed)
		require.Equal(t, []int{map[bool]int{false: n, true: 1}[shared]}, counted(failing.Calls(), "sync*"))
		for _, sink := range sinks {
			require.NoError(t, sink.Abort(t.Context()))
		}
		a, err := l.Branch("a")
		require.NoError(t, err)
		f, err := a.OpenFile(".", os.O_RDONLY, 0)
		require.NoError(t, err)
		entries, err := f.ReadDir(-1)
		require.NoError(t, err)
		require.Len(t, entries, n-failed)
	}
}

// Each directory on the way is synced once for all that is in it, or the whole file
// system where there are many; and not again before something has changed.
func TestSyncNames(t *testing.T) {
	for name, test := range map[string]struct {
		files, folders []string
		want           []int // syncs of directories, and of the file system
	}{
		"top":   {[]string{"1", "2"}, []string{"."}, []int{1, 0}},
		"one":   {[]string{"a/1", "a/2"}, []string{"a"}, []int{2, 0}},
		"twice": {[]string{"a/1", "a/2"}, []string{"a", "a", "."}, []int{2, 0}},
		"deep":  {[]string{"a/b/1"}, []string{"a/b"}, []int{3, 0}},
		"many":  {[]string{"a/b/1", "c/2", "d/3"}, []string{"a/b", "c", "d"}, []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			failing := new(disktest.Failing)
			target, l := failingTarget(t, failing)
			sinks := fill(t, target, test.files...)
			for i, err := range local.SyncTogether(t.Context(), sinks) {
				require.NoError(t, err)
				require.NoError(t, sinks[i].Publish(t.Context()))
			}
			all := folders(t, target, test.folders...)
			for range 2 {
				require.Equal(t, make([]error, len(all)), target.SyncNames(t.Context(), all))
				require.Equal(t, test.want, counted(failing.Calls(), "sync .", "syncfilesystem ."), "%v", failing.Calls())
			}
			for seed := range uint64(50) {
				after, err := local.NewTarget(l.Crash(seed), "to")
				require.NoError(t, err)
				for _, file := range test.files {
					found, mode, err := after.Look(t.Context(), file)
					require.NoError(t, err)
					require.True(t, found.Exists && mode.IsRegular(), file)
					require.EqualValues(t, len(file), found.Identity.Size)
				}
			}
		})
	}
}

// A directory whose sync has failed fails all folders that it leads to, and no others,
// and is not synced again.
func TestSyncNamesFails(t *testing.T) {
	for at, want := range map[int][]bool{1: {true, true}, 2: {true, false}, 3: {false, true}} { // ".", "a" and "b"
		failing := &disktest.Failing{At: at, Err: syscall.EIO, Only: func(call string) bool { return call == "sync ." }}
		target, _ := failingTarget(t, failing)
		require.NoError(t, target.MakeDir(t.Context(), "a"))
		require.NoError(t, target.MakeDir(t.Context(), "b"))
		all := folders(t, target, "a", "b")
		for range 2 {
			errs := target.SyncNames(t.Context(), all)
			for i, err := range errs {
				require.Equal(t, want[i], err != nil, "%d: %v", at, err)
				require.Equal(t, want[i], errors.Is(all[i].SyncNames(t.Context()), syscall.EIO))
			}
		}
		require.Equal(t, []int{3}, counted(failing.Calls(), "sync ."))
	}
}

// What is in a directory that has been moved is not where it was to be.
func TestSyncNamesOfWhatWasMoved(t *testing.T) {
	target, l := failingTarget(t, new(disktest.Failing))
	fill(t, target, "a/b/1", "c/2")
	all := folders(t, target, "a/b", "c")
	require.NoError(t, l.Rename("a", "elsewhere"))
	errs := target.SyncNames(t.Context(), all)
	require.Error(t, errs[0])
	require.NoError(t, errs[1])
	require.NoError(t, target.MakeDir(t.Context(), "a"))
	require.NoError(t, target.MakeDir(t.Context(), "a/b"))
	errs = target.SyncNames(t.Context(), all)
	require.ErrorIs(t, errs[0], storage.ErrChanged)
	require.ErrorContains(t, errs[0], "the directory has been moved")
	require.NoError(t, errs[1])
}
