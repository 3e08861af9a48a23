package local_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// targetIn is a target in a directory of the test's own, and the folder of that name
// in it.
func targetIn(t *testing.T, name string) (dir string, target *local.Target, folder *local.Folder) {
	t.Helper()
	dir = t.TempDir()
	target, err := local.OpenTarget(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	if name != "." {
		require.NoError(t, target.MakeDir(t.Context(), name))
	}
	return dir, target, folders(t, target, name)[0]
}

// left is a temporary file for name that holds this, of a stream that was interrupted:
// finished and synced, if that is how far it came.
func left(t *testing.T, folder *local.Folder, name, content string, complete bool) checkpoint.File {
	t.Helper()
	sink, err := folder.Create(t.Context(), name)
	require.NoError(t, err)
	_, err = io.WriteString(sink, content)
	require.NoError(t, err)
	if complete {
		require.NoError(t, sink.Finish(t.Context(), local.Meta{}, int64(len(content))))
	}
	require.NoError(t, sink.Sync(t.Context()))
	temp, err := sink.Temp(t.Context())
	require.NoError(t, err)
	require.NoError(t, sink.Leave(t.Context()))
	return temp
}

func requireContent(t *testing.T, want, path string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// A resumed file is cut to what is safe, and goes on there.
func TestResumeGoesOn(t *testing.T) {
	const content = "0123456789"
	for _, offset := range []int{0, 1, 9, 10} {
		for old, mode := range map[string]os.FileMode{"": 0o666 &^ umask(t), "old": 0o640} {
			dir, _, folder := targetIn(t, ".")
			if old != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte(old), 0o600))
				require.NoError(t, os.Chmod(filepath.Join(dir, "file"), mode))
			}
			temp := left(t, folder, "file", content, false)
			sink, err := folder.Resume(t.Context(), "file", temp, int64(offset))
			require.NoError(t, err)
			requireContent(t, content[:offset], filepath.Join(dir, temp.Path))
			_, err = io.WriteString(sink, "new")
			require.NoError(t, err)
			require.NoError(t, sink.Commit(t.Context()))
			requireContent(t, content[:offset]+"new", filepath.Join(dir, "file"))
			info, err := os.Stat(filepath.Join(dir, "file"))
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode().Perm())
			require.Empty(t, unfinished(t, dir))
		}
	}
}

// umask is what is taken from the mode of a new file.
func umask(t *testing.T) os.FileMode {
	t.Helper()
	path := filepath.Join(t.TempDir(), "new")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666)
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return 0o666 &^ info.Mode().Perm()
}

// What was complete needs no more writing.
func TestResumeAtTheEnd(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	sink, err := folder.Resume(t.Context(), "file", left(t, folder, "file", "whole", false), 5)
	require.NoError(t, err)
	require.NoError(t, sink.Commit(t.Context()))
	requireContent(t, "whole", filepath.Join(dir, "file"))
}

// What is not the file that was recorded, or not all of it, is neither resumed nor
// touched.
func TestResumeRefuses(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, tt := range map[string]struct {
		change func(temp string) error
		offset int64
		want   string
	}{
		"more than there is": {func(string) error { return nil }, 5, "the temporary file has 4 bytes, and 5 are said to be safe"},
		"a negative offset":  {func(string) error { return nil }, -1, "the temporary file has 4 bytes, and -1 are said to be safe"},
		"gone":               {os.Remove, 4, "the temporary file is gone"},
		"another file": {func(temp string) error {
			if err := os.Rename(temp, temp+".moved"); err != nil { // its inode stays in use
				return err
			}
			return os.WriteFile(temp, []byte("1234"), 0o600)
		}, 2, "the temporary file was replaced by another"},
		"a link to another": {func(temp string) error {
			if err := os.Remove(temp); err != nil {
				return err
			}
			return os.Symlink(outside, temp)
		}, 0, "the temporary file was replaced by another"},
		"a link to itself": {func(temp string) error {
			if err := os.Rename(temp, temp+".moved"); err != nil {
				return err
			}
			return os.Symlink(temp+".moved", temp)
		}, 0, "the temporary file was replaced by another"},
		"a FIFO": {func(temp string) error {
			if err := os.Remove(temp); err != nil {
				return err
			}
			return syscall.Mkfifo(temp, 0o600)
		}, 0, "the temporary file was replaced by another"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(outside, []byte("outside"), 0o600))
			dir, _, folder := targetIn(t, ".")
			temp := left(t, folder, "file", "1234", false)
			require.NoError(t, tt.change(filepath.Join(dir, temp.Path)))
			_, err := promptly(t, func() (*local.Sink, error) { return folder.Resume(t.Context(), "file", temp, tt.offset) })
			require.ErrorIs(t, err, storage.ErrChanged)
			require.ErrorContains(t, err, tt.want)
			requireContent(t, "outside", outside)
			for _, at := range unfinished(t, dir) {
				if info, err := os.Lstat(at); err == nil && info.Mode().IsRegular() {
					requireContent(t, "1234", at)
				}
			}
		})
	}
	_, target, folder := targetIn(t, "dir")
	temp := left(t, folder, "file", "1234", false)
	temp.Path = "dir/" + temp.Path
	_, err := folders(t, target, ".")[0].Resume(t.Context(), "file", temp, 0)
	require.ErrorContains(t, err, "leads out of the directory", "it is in no other folder")
}

// What was left can be resumed, and nothing else is done with it by who left it.
func TestLeaveEndsTheSink(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	sink, err := folder.Create(t.Context(), "file")
	require.NoError(t, err)
	_, err = io.WriteString(sink, "1234")
	require.NoError(t, err)
	require.NoError(t, sink.Leave(t.Context()))
	_, err = io.WriteString(sink, "5")
	require.ErrorContains(t, err, "was committed or aborted already")
	for _, again := range []error{sink.Leave(t.Context()), sink.Sync(t.Context()), sink.Commit(t.Context())} {
		require.ErrorContains(t, again, "was committed or aborted already")
	}
	require.NoError(t, sink.Abort(t.Context()))
	require.Len(t, unfinished(t, dir), 1)
	requireContent(t, "1234", unfinished(t, dir)[0])
}

// After a write that failed the file may be left, after a sync that failed it may not.
func TestLeaveAfterAFailure(t *testing.T) {
	for call, may := range map[string]bool{"write": true, "sync": false} {
		failing := &disktest.Failing{Err: syscall.EIO}
		dir := t.TempDir()
		sink, err := local.CreateOn(t.Context(), failing.Wrap(open(t, dir)), "file")
		require.NoError(t, err)
		failing.At = len(failing.Calls()) + 1
		if call == "write" {
			_, err = io.WriteString(sink, "1234")
		} else {
			err = sink.Sync(t.Context())
		}
		require.ErrorIs(t, err, syscall.EIO)
		if err = sink.Leave(t.Context()); may {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, syscall.EIO, "what was written may be lost")
			require.NoError(t, sink.Abort(t.Context()))
		}
		require.Equal(t, may, len(unfinished(t, dir)) == 1, call)
	}
}

// Only the file that was recorded is removed.
func TestDiscard(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	temp := left(t, folder, "file", "1234", false)
	path := filepath.Join(dir, temp.Path)
	discard := func(noted checkpoint.File) bool {
		t.Helper()
		removed, err := folder.Discard(t.Context(), noted)
		require.NoError(t, err)
		return removed
	}
	other := checkpoint.File{Path: temp.Path, Identity: temp.Identity}
	other.Identity.Inode++
	require.False(t, discard(other), "somebody else's")
	require.False(t, discard(checkpoint.File{Path: temp.Path}), "nobody's")
	require.NoError(t, os.Rename(path, path+".moved"))
	require.NoError(t, os.Symlink(path+".moved", path))
	require.False(t, discard(temp), "a link to it")
	require.NoError(t, os.Rename(path+".moved", path))
	require.True(t, discard(temp))
	require.NoFileExists(t, path)
	require.False(t, discard(temp), "there need not be one")
	_, err := folder.Discard(t.Context(), checkpoint.File{Path: "../" + filepath.Base(dir)})
	require.Error(t, err)
}

// What an earlier process finished gets its name, unless it is not that any more.
func TestFolderPublishes(t *testing.T) {
	dir, _, folder := targetIn(t, ".")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("old"), 0o600))
	temp := left(t, folder, "file", "1234", true)
	id, err := folder.Publish(t.Context(), temp, "file")
	require.NoError(t, err)
	require.NoError(t, folder.SyncNames(t.Context()))
	requireContent(t, "1234", filepath.Join(dir, "file"))
	require.Empty(t, unfinished(t, dir))
	found, _, err := folder.Look(t.Context(), "file")
	require.NoError(t, err)
	require.Equal(t, found.Identity, id)

	temp = left(t, folder, "file", "5678", true)
	path := filepath.Join(dir, temp.Path)
	refuse := func(why string) {
		_, err := folder.Publish(t.Context(), temp, "file")
		require.ErrorIs(t, err, storage.ErrChanged, why)
		requireContent(t, "1234", filepath.Join(dir, "file"))
	}
	require.NoError(t, os.Chtimes(path, temp.Identity.Modified(), temp.Identity.Modified().Add(1)))
	refuse("written to since")
	require.NoError(t, os.Truncate(path, 5))
	require.NoError(t, os.Chtimes(path, temp.Identity.Modified(), temp.Identity.Modified()))
	refuse("longer")
	require.NoError(t, os.Rename(path, path+".moved"))
	require.NoError(t, os.WriteFile(path, []byte("5678"), 0o600))
	require.NoError(t, os.Chtimes(path, temp.Identity.Modified(), temp.Identity.Modified()))
	refuse("another")
}

// irregular puts each kind of what is no regular file under the name path.
var irregular = map[string]func(path string) error{
	"a FIFO":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
	"a character device": func(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|3) },
	"a block device":     func(path string) error { return syscall.Mknod(path, syscall.S_IFBLK|0o600, 1<<8|3) },
	"a directory":        func(path string) error { return os.Mkdir(path, 0o700) },
	"a symbolic link":    func(path string) error { return os.Symlink("/etc/passwd", path) },
	"a socket": func(path string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
		if err == nil {
			l.SetUnlinkOnClose(false)
			err = l.Close()
		}
		return err
	},
}

// What is no regular file is never opened nor replaced, whether it is there before or
// comes while the copy is written.
func TestIrregularTargets(t *testing.T) {
	for kind, put := range irregular {
		t.Run(kind, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "") //nolint:usetesting // a socket's path has to be short
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
			target, err := local.OpenTarget(t.Context(), dir)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, target.Close()) })
			folder, path := folders(t, target, ".")[0], filepath.Join(dir, "file")
			sink, err := folder.Create(t.Context(), "file")
			require.NoError(t, err)
			temp := left(t, folder, "file", "1234", true)
			if err := put(path); err != nil {
				require.ErrorIs(t, err, syscall.EPERM)
				require.NoError(t, sink.Abort(t.Context()))
				t.Skip("NOT RUN: making a device takes root")
			}
			before, err := os.Lstat(path)
			require.NoError(t, err)
			for op, do := range map[string]func() (any, error){
				"create":  func() (any, error) { return folder.Create(t.Context(), "file") },
				"publish": func() (any, error) { return folder.Publish(t.Context(), temp, "file") },
				"commit":  func() (any, error) { return nil, sink.Commit(t.Context()) },
				"open":    func() (any, error) { return folder.Reread(t.Context(), checkpoint.File{Path: "file"}, local.FromCache) },
			} {
				_, err := promptly(t, do)
				require.EqualError(t, err, op+" "+path+": is "+kind+", not a regular file")
			}
			_, err = promptly(t, func() (any, error) { return folder.Resume(t.Context(), "file", temp, 0) })
			require.EqualError(t, err, "create "+path+": is "+kind+", not a regular file")
			require.NoError(t, sink.Abort(t.Context()))
			after, err := os.Lstat(path)
			require.NoError(t, err)
			require.True(t, os.SameFile(before, after))
		})
	}
}

// A folder is the directory that was opened. Where its name leads elsewhere meanwhile,
// nothing is written there.
func TestFolderThatIsSwapped(t *testing.T) {
	outside := t.TempDir()
	dir, target, folder := targetIn(t, "dir")
	sink, err := folder.Create(t.Context(), "file")
	require.NoError(t, err)
	temp := left(t, folder, "other", "1234", true)
	require.NoError(t, os.Rename(filepath.Join(dir, "dir"), filepath.Join(dir, "moved")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "dir")))

	_, err = io.WriteString(sink, "1234")
	require.NoError(t, err)
	require.Error(t, sink.Commit(t.Context()), "it is not where it was to be")
	_, err = folder.Publish(t.Context(), temp, "other")
	require.NoError(t, err)
	require.Error(t, folder.SyncNames(t.Context()))
	requireContent(t, "1234", filepath.Join(dir, "moved/file"))
	requireContent(t, "1234", filepath.Join(dir, "moved/other"))

	_, err = target.Folder(t.Context(), "dir")
	require.Error(t, err)
	require.Error(t, target.MakeDir(t.Context(), "dir/below"))
	require.Error(t, target.MakeDir(t.Context(), "dir"))
	require.Error(t, target.SetDir(t.Context(), "dir", local.Meta{}))
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, entries)

	require.NoError(t, os.Remove(filepath.Join(dir, "dir")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dir"), 0o700))
	require.ErrorIs(t, folder.SyncNames(t.Context()), storage.ErrChanged, "another directory")
}

// What nobody has written stays a hole, in the middle and at the end.
func TestHolesStayHoles(t *testing.T) {
	const size = 64 << 20
	dir, _, folder := targetIn(t, ".")
	blocks := func(path string) int64 {
		var st syscall.Stat_t
		require.NoError(t, syscall.Stat(path, &st))
		require.EqualValues(t, size, st.Size)
		return st.Blocks * 512
	}
	sparse := filepath.Join(dir, "sparse")
	require.NoError(t, os.WriteFile(sparse, nil, 0o600))
	require.NoError(t, os.Truncate(sparse, size))
	if blocks(sparse) > 1<<20 {
		t.Skip("NOT RUN: this file system has no holes")
	}
	sink, err := folder.Create(t.Context(), "file")
	require.NoError(t, err)
	for _, offset := range []int64{0, size / 2} {
		_, err = sink.WriteAt(t.Context(), []byte("data"), offset)
		require.NoError(t, err)
	}
	require.NoError(t, sink.Grow(t.Context(), size-1))
	require.NoError(t, sink.Sync(t.Context()))
	temp, err := sink.Temp(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, size-1, temp.Identity.Size, "a record may say that so much is safe")
	require.NoError(t, sink.Leave(t.Context()))
	sink, err = folder.Resume(t.Context(), "file", temp, size-1)
	require.NoError(t, err)
	require.NoError(t, sink.Finish(t.Context(), local.Meta{}, size))
	require.NoError(t, sink.Commit(t.Context()))
	require.Less(t, blocks(filepath.Join(dir, "file")), int64(1<<20))
	got, err := os.ReadFile(filepath.Join(dir, "file"))
	require.NoError(t, err)
	require.Equal(t, "data", string(got[:4]))
	require.Equal(t, "data", string(got[size/2:size/2+4]))
	require.Equal(t, 8, size-strings.Count(string(got), "\x00"))
}

// Whatever may be a name can be that of a copy, although it has another one first.
func TestOddNames(t *testing.T) {
	dir, target, folder := targetIn(t, ".")
	target.SetOwner("0123456789ab")
	for _, name := range []string{
		"two\nlines", "\xff\xfe not UTF-8", strings.Repeat("n", 255), strings.Repeat("é", 127), " ", "-rf", "*", "...", `\`, ".penstock-x.tmp",
	} {
		sink, err := folder.Create(t.Context(), name)
		require.NoError(t, err, "%q", name)
		_, err = io.WriteString(sink, name)
		require.NoError(t, err)
		require.NoError(t, sink.Commit(t.Context()))
		requireContent(t, name, filepath.Join(dir, name))
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
	for name, want := range map[string]string{
		strings.Repeat("n", 256): "file name too long", "a/b": "", "..": "", "": "", "nul\x00": "",
	} {
		_, err := folder.Create(t.Context(), name)
		require.ErrorContains(t, err, want, "%q", name)
		require.Equal(t, 1, strings.Count(fmt.Sprintf("%v\n", err), "\n"), "one line")
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// A tree may be deeper than any path may be long.
func TestTargetBeyondPathMax(t *testing.T) {
	dir, target, _ := targetIn(t, ".")
	name, part := "", strings.Repeat("d", 100)
	for range 60 {
		name += part
		require.NoError(t, target.MakeDir(t.Context(), name))
		name += "/"
	}
	sink := create(t, target, name+"file")
	_, err := io.WriteString(sink, "deep")
	require.NoError(t, err)
	require.NoError(t, sink.Commit(t.Context()))
	require.NoError(t, target.SetDir(t.Context(), name[:len(name)-1], local.Meta{}))
	found, _, err := target.Look(t.Context(), name+"file")
	require.NoError(t, err)
	require.EqualValues(t, 4, found.Identity.Size)
	d, err := disk.Open(dir)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	root, err := local.OpenRoot(t.Context(), dir, local.Options{})
	require.NoError(t, err)
	defer root.Close()
	f, err := root.Open(t.Context(), name+"file")
	require.NoError(t, err)
	require.Equal(t, "deep", content(t, f))
	require.NoError(t, f.Close())
}
