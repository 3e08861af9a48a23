package local_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// looks is what the system says of what has the name.
type looks struct {
	mode               fs.FileMode
	uid, gid           uint32
	accessed, modified int64
	attributes         map[string]string
}

func looksOf(t *testing.T, path string) looks {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	st := info.Sys().(*syscall.Stat_t)
	l := looks{mode: info.Mode(), uid: st.Uid, gid: st.Gid, accessed: st.Atim.Nano(), modified: st.Mtim.Nano()}
	names := make([]byte, 4<<10)
	n, err := unix.Llistxattr(path, names)
	require.NoError(t, err)
	l.attributes = map[string]string{}
	for name := range strings.FieldsFuncSeq(string(names[:n]), func(r rune) bool { return r == 0 }) {
		value := make([]byte, 4<<10)
		n, err := unix.Lgetxattr(path, name, value)
		require.NoError(t, err)
		l.attributes[name] = string(value[:n])
	}
	return l
}

const (
	// acl is user::rwx, user:7:r--, group::r-x, mask::r-x, other::--x.
	acl = "\x02\x00\x00\x00" +
		"\x01\x00\x07\x00\xff\xff\xff\xff\x02\x00\x04\x00\x07\x00\x00\x00\x04\x00\x05\x00\xff\xff\xff\xff" +
		"\x10\x00\x05\x00\xff\xff\xff\xff\x20\x00\x01\x00\xff\xff\xff\xff"
	// capability is CAP_NET_RAW, which a change of the owner takes away.
	capability = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

	everything = local.KeepDefault | local.KeepOwner | local.KeepAttributes | local.KeepSpecial
)

// originals are a file, a directory and a link with all that can be kept of them, as
// far as we may.
func originals(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	plant(t, dir, "file", "dir/")
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "link")))
	for _, name := range []string{"link", "dir", "file"} {
		path := filepath.Join(dir, name)
		if err := os.Lchown(path, 1234, 5678); err != nil {
			t.Logf("NOT RUN for owners: %v", err)
		}
		if name != "link" {
			attach(t, path, "user.origin", "here")
			attach(t, path, "user.empty", "")
			attach(t, path, "system.posix_acl_access", acl)
			require.NoError(t, os.Chmod(path, 0o751|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
		}
		if name == "file" {
			attach(t, path, "security.capability", capability)
		}
		times := []unix.Timespec{{Sec: 1e9, Nsec: 123456789}, {Sec: 1e9 + 1, Nsec: 987654321}}
		require.NoError(t, unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW))
	}
	return dir
}

// attach sets an extended attribute, if the file system and our rights allow it.
func attach(t *testing.T, path, name, value string) {
	t.Helper()
	if err := unix.Lsetxattr(path, name, []byte(value), 0); err != nil {
		t.Logf("NOT RUN for %s: %v", name, err)
	}
}

// kept is what a copy is to look like of which so much is kept, and which is new.
func (l looks) kept(keep local.Keep, fresh looks) looks {
	if keep&local.KeepMode == 0 {
		l.mode = fresh.mode
	}
	if keep&local.KeepSpecial == 0 {
		l.mode &^= fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	}
	if keep&local.KeepTimes == 0 {
		l.accessed, l.modified = fresh.accessed, fresh.modified
	}
	if keep&local.KeepOwner == 0 {
		l.uid, l.gid = fresh.uid, fresh.gid
	}
	if keep&local.KeepAttributes == 0 {
		l.attributes = map[string]string{}
	}
	return l
}

// A copy has what is to be kept of its original and nothing else: never setuid and
// its like unless they are asked for.
func TestMetaIsKept(t *testing.T) {
	mask := syscall.Umask(0o022)
	defer syscall.Umask(mask)
	from := originals(t)
	for name, keep := range map[string]local.Keep{
		"default": local.KeepDefault, "times": local.KeepTimes,
		"owner": local.KeepDefault | local.KeepOwner, "attributes": local.KeepDefault | local.KeepAttributes,
		"special": local.KeepDefault | local.KeepSpecial, "special without mode": local.KeepTimes | local.KeepSpecial,
		"owner and attributes": everything &^ local.KeepSpecial, "everything": everything,
	} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			require.NoError(t, os.Chmod(to, 0o700))
			for _, what := range []string{"file", "dir", "link"} {
				original, copied := filepath.Join(from, what), filepath.Join(to, what)
				want := looksOf(t, original) // reading a link changes when it was read
				copyMeta(t, from, to, what, keep)
				got := looksOf(t, copied)
				fresh := got
				switch what {
				case "file":
					fresh.mode = 0o644
				case "dir":
					fresh.mode = fs.ModeDir | 0o700
				}
				fresh.uid, fresh.gid = uint32(os.Geteuid()), uint32(os.Getegid())
				require.Equal(t, want.kept(keep, fresh), got, what)
			}
		})
	}
}

// copyMeta makes a copy of a file, a directory or a link.
func copyMeta(t *testing.T, from, to, what string, keep local.Keep) {
	t.Helper()
	root := openRoot(t, from, local.Options{})
	target, err := local.OpenTarget(t.Context(), to)
	require.NoError(t, err)
	defer func() { require.NoError(t, target.Close()) }()
	switch what {
	case "file":
		f, err := root.Open(t.Context(), what)
		require.NoError(t, err)
		defer f.Close()
		meta, err := f.Meta(t.Context(), keep)
		require.NoError(t, err)
		sink := create(t, target, what)
		require.NoError(t, sink.Finish(t.Context(), meta, f.Size()))
		require.NoError(t, sink.Commit(t.Context()))
	case "dir":
		d, err := root.OpenDir(t.Context(), what)
		require.NoError(t, err)
		meta, err := d.Meta(t.Context(), keep)
		require.NoError(t, err)
		require.NoError(t, d.Close())
		require.NoError(t, target.MakeDir(t.Context(), what))
		require.NoError(t, target.SetDir(t.Context(), what, meta))
	case "link":
		to, meta, err := root.Readlink(t.Context(), what, keep)
		require.NoError(t, err)
		require.NoError(t, target.Symlink(t.Context(), what, to, meta))
	}
}

// create begins the file of that name in the target.
func create(t *testing.T, target *local.Target, name string) *local.Sink {
	t.Helper()
	folder, err := target.Folder(t.Context(), path.Dir(name))
	require.NoError(t, err)
	defer func() { require.NoError(t, folder.Close()) }()
	sink, err := folder.Create(t.Context(), path.Base(name))
	require.NoError(t, err)
	return sink
}

// What cannot be kept is named, the rest is kept, and the bytes are there. A file of
// somebody else gets no setuid of ours.
func TestMetaIsLost(t *testing.T) {
	for call, want := range map[string]struct {
		lost []string
		mode fs.FileMode
	}{
		"chown":        {[]string{"owner", "setuid and setgid"}, 0o751 | fs.ModeSticky},
		"setattribute": {[]string{"attribute user.a"}, 0o751 | fs.ModeSetuid | fs.ModeSticky},
		"chmod":        {[]string{"permissions"}, 0o600},
		"settimes":     {[]string{"times"}, 0o751 | fs.ModeSetuid | fs.ModeSticky},
	} {
		t.Run(call, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, "target") // whose mode is kept, and not found out with another chmod
			failing := &disktest.Failing{At: 1, Err: syscall.EPERM, Only: func(c string) bool { return strings.HasPrefix(c, call+" ") }}
			target, err := local.NewTarget(failing.Wrap(open(t, dir)).(disk.Tree), dir)
			require.NoError(t, err)
			sink := create(t, target, "target")
			meta := local.Meta{
				Keep: everything, Mode: 0o751 | fs.ModeSetuid | fs.ModeSticky, Modified: time.Unix(1e9, 5),
				UID: os.Geteuid(), GID: os.Getegid(), Attributes: []local.Attribute{{Name: "user.a", Value: []byte("b")}},
			}
			err = sink.Finish(t.Context(), meta, 0)
			var lost *local.LostError
			require.ErrorAs(t, err, &lost)
			require.ErrorIs(t, err, fs.ErrPermission)
			require.Equal(t, retry.Unknown, retry.Classify(err))
			var what []string
			for _, l := range lost.Lost {
				what = append(what, l.What)
				require.ErrorContains(t, err, "could not keep ")
				require.ErrorContains(t, err, l.What+": ")
			}
			require.Equal(t, want.lost, what)
			require.NoError(t, sink.Commit(t.Context()))
			got := looksOf(t, filepath.Join(dir, "target"))
			require.Equal(t, want.mode, got.mode)
			require.Equal(t, call != "settimes", got.modified == meta.Modified.UnixNano())
			if call != "setattribute" && len(got.attributes) > 0 {
				require.Equal(t, map[string]string{"user.a": "b"}, got.attributes)
			}
			require.NoError(t, target.Close())
		})
	}
}

// Without permissions to be kept a copy has those of the file that it replaces.
func TestMetaOfWhatIsReplaced(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "file")
	path := filepath.Join(dir, "file")
	require.NoError(t, os.Chmod(path, 0o640|fs.ModeSetuid))
	target, err := local.OpenTarget(t.Context(), dir)
	require.NoError(t, err)
	require.NoError(t, create(t, target, "file").Commit(t.Context()))
	require.Equal(t, fs.FileMode(0o640), looksOf(t, path).mode)
	require.NoError(t, target.Close())
}
