package local_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// countedIn is a target in d and its own folder, whose calls are counted.
func countedIn(t *testing.T, d disk.Tree, calls *disktest.Failing) *local.Folder {
	t.Helper()
	target, err := local.NewTarget(calls.Wrap(d).(disk.Tree), "target")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	return folders(t, target, ".")[0]
}

// named is a disk whose files all have names.
type named struct{ disk.Tree }

func (n named) Branch(name string) (disk.Tree, error) {
	d, err := n.Tree.Branch(name)
	return named{d}, err
}

// ways are how a disk may make the files of CreateLike.
var ways = map[string]func(disk.Tree) disk.Tree{
	"without a name":         func(d disk.Tree) disk.Tree { return d },
	"under a temporary name": func(d disk.Tree) disk.Tree { return named{d} },
}

// beingWritten leads to the one unfinished file of dir, whether it has a name or not.
func beingWritten(t *testing.T, dir string) string {
	t.Helper()
	found := unfinished(t, dir)
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, path := range descriptors {
		if to, _ := os.Readlink(path); strings.HasPrefix(to, dir+"/#") {
			found = append(found, path)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// hasUnnamed reports whether the file system of dir has files without names.
func hasUnnamed(t *testing.T, dir string) bool {
	t.Helper()
	d := open(t, dir)
	f, err := d.CreateUnnamed(0o600)
	if err == nil {
		require.NoError(t, f.Close())
	}
	require.NoError(t, d.Close())
	return err == nil
}

// A copy has its permissions from the beginning only where they are all that it will
// have, and in the end whatever the umask left of them.
func TestCreateLikeHasItsPermissions(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	for _, test := range []struct {
		name   string
		meta   local.Meta
		writes fs.FileMode // while it is written
		chmods int
		mode   fs.FileMode
	}{
		{"as it will be", local.Meta{Keep: local.KeepDefault, Mode: 0o640}, 0o640, 0, 0o640},
		{"for reading only", local.Meta{Keep: local.KeepMode, Mode: 0o400}, 0o400, 0, 0o400},
		{"less than it will have", local.Meta{Keep: local.KeepMode, Mode: 0o666}, 0o640, 1, 0o666},
		{"setuid comes at the end", local.Meta{Keep: local.KeepMode | local.KeepSpecial, Mode: 0o750 | fs.ModeSetuid}, 0o600, 2, 0o750 | fs.ModeSetuid}, // the first for what the umask is
		{"of another owner", local.Meta{Keep: local.KeepMode | local.KeepOwner, Mode: 0o640, UID: os.Getuid(), GID: os.Getgid()}, 0o600, 2, 0o640},
		{"with attributes", local.Meta{Keep: local.KeepMode | local.KeepAttributes, Mode: 0o640}, 0o600, 2, 0o640},
		{"of nobody", local.Meta{Keep: local.KeepMode}, 0o600, 2, 0},
		{"of a new file", local.Meta{}, 0o600, 2, 0o640},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, way := range ways {
				dir, calls := t.TempDir(), &disktest.Failing{}
				sink, err := countedIn(t, way(open(t, dir)), calls).CreateLike(t.Context(), "file", test.meta)
				require.NoError(t, err)
				_, err = io.WriteString(sink, "1234")
				require.NoError(t, err)
				before, err := os.Stat(beingWritten(t, dir))
				require.NoError(t, err)
				require.Equal(t, test.writes, before.Mode())
				require.NoError(t, sink.Finish(t.Context(), test.meta, 4))
				require.NoError(t, sink.Commit(t.Context()))
				after, err := os.Stat(filepath.Join(dir, "file"))
				require.NoError(t, err)
				require.Equal(t, test.mode, after.Mode())
				require.Equal(t, []int{test.chmods}, counted(calls.Calls(), "chmod *"))
			}
		})
	}
}

// Only permissions that are right are left alone.
func TestFinishSetsPermissions(t *testing.T) {
	for _, has := range []fs.FileMode{0o640, 0o600, 0o640 | fs.ModeSetuid} {
		dir, _, folder := targetIn(t, ".")
		meta := local.Meta{Keep: local.KeepMode, Mode: 0o640}
		sink, err := folder.CreateLike(t.Context(), "file", meta)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(beingWritten(t, dir), has))
		require.NoError(t, sink.Finish(t.Context(), meta, 0))
		require.NoError(t, sink.Commit(t.Context()))
		info, err := os.Stat(filepath.Join(dir, "file"))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o640), info.Mode())
	}
}

// Finish finds out that somebody else has written to the file.
func TestFinishFindsAnotherSize(t *testing.T) {
	for way, of := range ways {
		t.Run(way, func(t *testing.T) {
			for _, size := range []int64{3, 5} {
				dir := t.TempDir()
				sink, err := countedIn(t, of(open(t, dir)), &disktest.Failing{}).CreateLike(t.Context(), "file", local.Meta{})
				require.NoError(t, err)
				_, err = io.WriteString(sink, "1234")
				require.NoError(t, err)
				require.NoError(t, os.Truncate(beingWritten(t, dir), size))
				require.ErrorContains(t, sink.Finish(t.Context(), local.Meta{}, 4), fmt.Sprintf("has %d bytes, and was to have 4", size))
				require.NoError(t, sink.Abort(t.Context()))
				require.Empty(t, names(t, dir))
			}
		})
	}
}

// The name of a copy has to be synced, even where the directory was since the copy was
// begun: together with the file where it is the first that this has. Its directory stays
// open until then.
func TestPublishedNameIsSynced(t *testing.T) {
	for way, of := range ways {
		t.Run(way, func(t *testing.T) {
			calls := &disktest.Failing{}
			dir := t.TempDir()
			want := []int{1, 0}
			if hasUnnamed(t, dir) && way == "without a name" {
				want = []int{0, 1}
			}
			target, err := local.NewTarget(calls.Wrap(of(open(t, dir))).(disk.Tree), dir)
			require.NoError(t, err)
			defer func() { require.NoError(t, target.Close()) }()
			require.NoError(t, target.MakeDir(t.Context(), "a"))
			folder, err := target.Folder(t.Context(), "a")
			require.NoError(t, err)
			sinks := syncedTogether(t, folder, "1", "2", "3", "4")
			require.NoError(t, folder.SyncNames(t.Context()))
			for _, sink := range sinks {
				require.NoError(t, sink.Publish(t.Context()))
			}
			require.NoError(t, folder.Close())
			for i := range 20 {
				name := fmt.Sprint("other", i)
				require.NoError(t, target.MakeDir(t.Context(), name))
				other, err := target.Folder(t.Context(), name)
				require.NoError(t, err)
				require.NoError(t, errors.Join(other.SyncNames(t.Context()), other.Close()))
			}
			again := folders(t, target, "a")[0]
			from := len(calls.Calls())
			require.NoError(t, again.SyncNames(t.Context()))
			require.Equal(t, want, counted(calls.Calls()[from:], "sync .", "syncfilesystem ."))
			require.Equal(t, []int{1}, counted(calls.Calls(), "branch a"))
		})
	}
}

// What a published file is said to be is what it is, or not known.
func TestPublishedIdentity(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	sinks := syncedTogether(t, folder, "1", "2", "3", "4")
	time.Sleep(20 * time.Millisecond) // the kernel's clock is no finer
	for _, sink := range sinks {
		require.NoError(t, sink.Publish(t.Context()))
	}
	id, err := sinks[0].Identity(t.Context())
	require.NoError(t, err)
	is, err := local.Stat(t.Context(), filepath.Join(dir, "1"))
	require.NoError(t, err)
	if id.ChangeTime == 0 {
		id.ChangeTime = is.Identity.ChangeTime
	}
	require.Equal(t, is.Identity, id)
}

// Nobody looks for the name of a copy in a directory that nothing was in.
func TestCreateLikeInABareDirectory(t *testing.T) {
	dir, calls := t.TempDir(), &disktest.Failing{}
	want := []int{2, 2, 4, 0} // looked at before the renaming, and after it
	if hasUnnamed(t, dir) {
		want = []int{0, 0, 0, 4}
	}
	folder := countedIn(t, open(t, dir), calls)
	for _, sink := range syncedTogether(t, folder, "a", "b", "c", "d") {
		require.NoError(t, sink.Publish(t.Context()))
	}
	require.Equal(t, want, counted(calls.Calls(), "lstat a", "lstat b", "rename *", "link *"))

	sink, err := countedIn(t, open(t, dir), &disktest.Failing{}).CreateLike(t.Context(), "a", local.Meta{})
	require.NoError(t, err)
	require.NotZero(t, sink.Replaces(), "there is something in it now")
	require.NoError(t, sink.Abort(t.Context()))
}

// Of a copy without a name nothing can stay behind.
func TestCreateLikeLeavesNothing(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	if !hasUnnamed(t, dir) {
		t.Skip("NOT RUN: the file system has no files without names")
	}
	sink, err := folder.CreateLike(t.Context(), "file", plain)
	require.NoError(t, err)
	_, err = io.WriteString(sink, "content")
	require.NoError(t, err)
	require.Empty(t, names(t, dir))
	require.ErrorContains(t, sink.Leave(t.Context()), "may have no name")
	_, err = sink.Growing(t.Context())
	require.ErrorContains(t, err, "may have no name")
	require.NoError(t, sink.Abort(t.Context()))
	require.Empty(t, names(t, dir))
}

// A sync of a file without a name is not relied on: it gets one before.
func TestSyncGivesAName(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	sink, err := folder.CreateLike(t.Context(), "file", plain)
	require.NoError(t, err)
	_, err = io.WriteString(sink, "content")
	require.NoError(t, err)
	require.NoError(t, sink.Sync(t.Context()))
	require.Len(t, unfinished(t, dir), 1)
	require.NoError(t, sink.Sync(t.Context()), "again")
	require.NoError(t, sink.Commit(t.Context()))
	require.Equal(t, []string{"file"}, names(t, dir))
	requireContent(t, "content", filepath.Join(dir, "file"))
}

// What is to be another's gets its temporary name while it is ours, since later it may be
// refused: /proc/sys/fs/protected_hardlinks.
func TestCreateLikeForAnother(t *testing.T) {
	dir, calls := t.TempDir(), &disktest.Failing{}
	if !hasUnnamed(t, dir) {
		t.Skip("NOT RUN: the file system has no files without names")
	}
	folder := countedIn(t, open(t, dir), calls)
	first, err := folder.CreateLike(t.Context(), "first", local.Meta{}) // finds out what the umask is
	require.NoError(t, err)
	require.NoError(t, first.Abort(t.Context()))
	for uid, named := range map[int]int{os.Geteuid(): 0, os.Geteuid() + 1: 1} {
		meta := local.Meta{Keep: local.KeepMode | local.KeepOwner, Mode: 0o640, UID: uid, GID: os.Getegid()}
		sink, err := folder.CreateLike(t.Context(), "file", meta)
		require.NoError(t, err)
		_ = sink.Finish(t.Context(), meta, 0) // which loses the owner where we may not give it
		require.Len(t, unfinished(t, dir), named)
		require.NoError(t, sink.Abort(t.Context()))
	}
}

var plain = local.Meta{Keep: local.KeepMode, Mode: 0o600}

// syncedTogether are sinks of these names, that hold "new".
func syncedTogether(t *testing.T, folder *local.Folder, names ...string) []*local.Sink {
	t.Helper()
	sinks := finished(t, folder, names...)
	for _, err := range local.SyncTogether(t.Context(), sinks) {
		require.NoError(t, err)
	}
	return sinks
}

func finished(t *testing.T, folder *local.Folder, names ...string) (sinks []*local.Sink) {
	t.Helper()
	for _, name := range names {
		sink, err := folder.CreateLike(t.Context(), name, plain)
		require.NoError(t, err)
		_, err = io.WriteString(sink, "new")
		require.NoError(t, err)
		require.NoError(t, sink.Finish(t.Context(), plain, 3))
		sinks = append(sinks, sink)
	}
	return sinks
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// What comes while a copy is written is found by Publish, as if it had been there before.
func TestCreateLikeIsOvertaken(t *testing.T) {
	for way, of := range ways {
		t.Run(way, func(t *testing.T) {
			path, err := overtaken(t, of, func(path string) error { return os.WriteFile(path, []byte("old"), 0o600) })
			require.NoError(t, err)
			requireContent(t, "new", path)
			for _, kind := range []string{"a FIFO", "a directory", "a symbolic link"} {
				path, err := overtaken(t, of, irregular[kind])
				_, is := errors.AsType[*storage.NotRegularError](err)
				require.True(t, is, "%s: %v", kind, err)
				info, err := os.Lstat(path)
				require.NoError(t, err)
				require.False(t, info.Mode().IsRegular(), kind)
			}
		})
	}
}

// overtaken commits a file whose name put has taken while it was written. Nothing but the
// name is there afterwards.
func overtaken(t *testing.T, of func(disk.Tree) disk.Tree, put func(path string) error) (path string, err error) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "file")
	sinks := syncedTogether(t, countedIn(t, of(open(t, dir)), &disktest.Failing{}), "file", "1", "2", "3")
	require.NoError(t, put(path))
	err = sinks[0].Publish(t.Context())
	for _, sink := range sinks {
		require.NoError(t, sink.Abort(t.Context()))
	}
	require.Equal(t, []string{"file"}, names(t, dir))
	return path, err
}

// Another name of a file whose first does not last yet is synced with the file too, and
// does not last where the first may not.
func TestLinkOfALinkedFile(t *testing.T) {
	for at, want := range []error{nil, syscall.EIO} {
		syncs := &disktest.Failing{At: at, Only: func(call string) bool { return call == "syncfilesystem ." }, Err: syscall.EIO}
		target, err := local.NewTarget(syncs.Wrap(disktest.NewLosing()).(disk.Tree), "target")
		require.NoError(t, err)
		for _, name := range []string{"a", "b"} {
			require.NoError(t, target.MakeDir(t.Context(), name))
		}
		a, b := folders(t, target, "a")[0], folders(t, target, "b")[0]
		sinks := syncedTogether(t, a, "1", "2", "3", "4")
		require.NoError(t, sinks[0].Publish(t.Context()))
		id, err := sinks[0].Identity(t.Context())
		require.NoError(t, err)
		if want != nil {
			require.ErrorIs(t, a.SyncNames(t.Context()), want)
		}
		require.NoError(t, target.Link(t.Context(), checkpoint.File{Path: "a/1", Identity: id}, "b/x"))
		from := len(syncs.Calls())
		require.ErrorIs(t, b.SyncNames(t.Context()), want)
		require.Equal(t, []int{1}, counted(syncs.Calls()[from:], "syncfilesystem ."))
		for _, sink := range sinks[1:] {
			require.NoError(t, sink.Abort(t.Context()))
		}
	}
}

// A failure to sync the file system is told but once: whatever first names do not last by
// then may be lost, though the next sync says nil.
func TestFailedSyncIsToldToAll(t *testing.T) {
	for at := 2; at <= 3; at++ {
		syncs := &disktest.Failing{At: at, Only: func(call string) bool { return strings.HasPrefix(call, "syncfilesystem ") }, Err: syscall.EIO}
		target, err := local.NewTarget(syncs.Wrap(disktest.NewLosing()).(disk.Tree), "target")
		require.NoError(t, err)
		for _, name := range []string{"a", "b"} {
			require.NoError(t, target.MakeDir(t.Context(), name))
		}
		a, b := folders(t, target, "a")[0], folders(t, target, "b")[0]
		for _, sink := range syncedTogether(t, a, "1", "2", "3", "4") {
			require.NoError(t, sink.Publish(t.Context()))
		}
		sinks := finished(t, b, "1", "2", "3", "4")
		for i, err := range local.SyncTogether(t.Context(), sinks) { // the second
			if err == nil {
				err = sinks[i].Publish(t.Context())
			}
			require.Equal(t, at == 2, err != nil, "%v", err)
			require.NoError(t, sinks[i].Abort(t.Context()))
		}
		require.Equal(t, at == 3, b.SyncNames(t.Context()) != nil)
		require.ErrorIs(t, a.SyncNames(t.Context()), syscall.EIO)
	}
}
