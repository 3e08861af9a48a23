package batch_test

import (
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/batch"
)

// hostile fills the current directory with all that is no regular file.
func hostile(t *testing.T) {
	t.Helper()
	plant(t, ".", "dir/file", "file")
	require.NoError(t, unix.Mkfifo("fifo", 0o600))
	var listen net.ListenConfig
	socket, err := listen.Listen(t.Context(), "unix", "socket")
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	for name, target := range map[string]string{
		"dangling": "nothing", "loop": "loop", "dir/up": "..", "to-dir": "dir", "to-fifo": "fifo", "to-file": "file",
	} {
		require.NoError(t, os.Symlink(target, name))
	}
}

// opened is the path of a file that can be opened, and the error of any other.
func opened(t *testing.T, f batch.File) string {
	t.Helper()
	file, err := f.Open(t.Context())
	if err != nil {
		return err.Error()
	}
	require.NoError(t, file.Close())
	return f.Path
}

func TestWalkLeavesOutAndCounts(t *testing.T) {
	t.Chdir(t.TempDir())
	hostile(t)
	devices := int64(1)
	if err := unix.Mknod("device", unix.S_IFCHR|0o600, 1<<8|3); errors.Is(err, unix.EPERM) {
		t.Log("NOT RUN for devices: making one takes root")
		devices = 0
	}
	var told []string
	w, err := batch.NewWalk(batch.WalkOptions{
		Paths: []string{"."}, OnSkip: func(path string, why batch.Skip) { told = append(told, path+": "+why.String()) },
	})
	require.NoError(t, err)
	var paths []string
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		paths = append(paths, f.Path)
		return f.Err
	}))
	require.NoError(t, w.Close())
	require.Equal(t, []string{"dir/file", "file"}, paths)
	for why, want := range map[batch.Skip]int64{
		batch.SkipSymlink: 6, batch.SkipFIFO: 1, batch.SkipSocket: 1, batch.SkipDevice: devices, batch.SkipUnknown: 0,
	} {
		require.Equal(t, want, w.Skipped(why), why)
	}
	for _, want := range []string{"fifo: FIFO", "dir/up: symbolic link", "socket: socket", "loop: symbolic link"} {
		require.Contains(t, told, want)
	}
}

func TestWalkFollows(t *testing.T) {
	t.Chdir(t.TempDir())
	hostile(t)
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"."}, Follow: true})
	require.NoError(t, err)
	var got []string
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		what, _, _ := strings.Cut(opened(t, f), ";") // the advice that may follow
		got = append(got, what)
		return nil
	}))
	require.NoError(t, w.Close())
	require.Equal(t, []string{
		"open dangling: is a symbolic link to nothing (nothing)",
		"dir/file",
		"read directory dir/up: symbolic links lead back into it",
		"file",
		"open loop: too many levels of symbolic links",
		"to-dir/file",
		"read directory to-dir/up: symbolic links lead back into it",
		"to-file",
	}, got)
	require.EqualValues(t, 2, w.Skipped(batch.SkipFIFO), "one of them through a link")
}

// What is named is followed, and what is no file then is an error: nobody names
// what is to be left out.
func TestWalkHostileArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	hostile(t)
	paths, errs := walked(t, batch.WalkOptions{
		Paths: []string{"to-file", "to-dir", "fifo", "to-fifo", "socket", "dangling", "loop", "/dev/null", "file"},
	})
	require.Equal(t, []string{"to-file", "to-dir/file", "file"}, paths)
	require.Equal(t, []string{
		"fifo: open fifo: is a FIFO, not a regular file",
		"to-fifo: open to-fifo: is a FIFO, not a regular file",
		"socket: open socket: is a socket, not a regular file",
		"dangling: stat dangling: is a symbolic link to nothing (nothing)",
		"loop: stat loop: too many levels of symbolic links",
		"/dev/null: open /dev/null: is a character device, not a regular file",
	}, errs)
}

// What changes under the walk is an error where it was, and nowhere else.
func TestWalkWhileTheTreeChanges(t *testing.T) {
	outside := t.TempDir()
	plant(t, outside, "secret")
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "gone/file", "kept/file", "removed", "swapped/file", "turned/file", "z")
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"."}})
	require.NoError(t, err)
	var got []string
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		if f.Path == "a" {
			for _, name := range []string{"gone", "swapped", "turned", "removed"} {
				require.NoError(t, os.RemoveAll(name))
			}
			require.NoError(t, os.Symlink(outside, "swapped"))
			plant(t, ".", "turned")
		}
		got = append(got, opened(t, f))
		return nil
	}))
	require.NoError(t, w.Close())
	require.Equal(t, []string{
		"a", "open gone: no such file or directory", "kept/file", "open removed: no such file or directory",
		"open swapped: not a directory", "open turned: not a directory", "z",
	}, got)
}

// asNobody calls do with the file permissions of nobody, on this thread only.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Getuid() != 0 {
		do() // no permission is bypassed as it is
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	require.NoError(t, unix.Setfsuid(nobody))
	defer func() { require.NoError(t, unix.Setfsuid(0)) }()
	do()
}

func TestWalkWithoutPermission(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "closed/file", "sealed", "searchable/file", "z")
	for name, mode := range map[string]os.FileMode{
		".": 0o755, "a": 0o644, "z": 0o644, "closed": 0, "sealed": 0, "searchable": 0o111,
	} {
		require.NoError(t, os.Chmod(name, mode))
	}
	t.Cleanup(func() {
		require.NoError(t, errors.Join(os.Chmod("closed", 0o700), os.Chmod("searchable", 0o700)))
	})
	var got []string
	asNobody(t, func() {
		w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"."}})
		require.NoError(t, err)
		require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
			got = append(got, opened(t, f))
			return nil
		}))
		require.NoError(t, w.Close())
	})
	require.Equal(t, []string{
		"a", "open closed: permission denied", "open sealed: permission denied",
		"open searchable: permission denied", "z",
	}, got)
}

func TestWalkOneFileSystem(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "mounted/", "z")
	if err := unix.Mount("tmpfs", "mounted", "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT RUN: mounting takes root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount("mounted", 0)) })
	plant(t, ".", "mounted/file")
	paths, errs := walked(t, batch.WalkOptions{Paths: []string{"."}})
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "mounted/file", "z"}, paths)

	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{".", "mounted"}, OneFileSystem: true})
	require.NoError(t, err)
	paths = nil
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		paths = append(paths, f.Path)
		return f.Err
	}))
	require.NoError(t, w.Close())
	require.Equal(t, []string{"a", "z", "mounted/file"}, paths, "an argument's own file system is its own")
	require.EqualValues(t, 1, w.Skipped(batch.SkipFileSystem))
}

func TestWalkWithFullTempDir(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "tmp/", "tree/a", "tree/z")
	for i := range 2000 {
		plant(t, "tree/wide", strings.Repeat("n", 200)+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	if err := unix.Mount("tmpfs", "tmp", "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT RUN: mounting a small tmpfs takes root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount("tmp", 0)) })
	paths, errs := walked(t, batch.WalkOptions{Paths: []string{"a", "tree", "a"}, Memory: 100_000, TempDir: "tmp"})
	require.Equal(t, []string{"a", "tree/a", "tree/z", "a"}, paths)
	require.Len(t, errs, 1)
	require.Regexp(t, `^tree/wide: read directory tree/wide: sort its names in a temporary file in `+
		`tmp: no space left on device; make room there, or set TMPDIR to a larger disk$`, errs[0])
}
