package local_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// countedIn is a target in dir and its own folder, whose calls are counted.
func countedIn(t *testing.T, dir string, calls *disktest.Failing) *local.Folder {
	t.Helper()
	target, err := local.NewTarget(calls.Wrap(open(t, dir)).(disk.Tree), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	return folders(t, target, ".")[0]
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
			dir, calls := t.TempDir(), &disktest.Failing{}
			sink, err := countedIn(t, dir, calls).CreateLike(t.Context(), "file", test.meta)
			require.NoError(t, err)
			_, err = io.WriteString(sink, "1234")
			require.NoError(t, err)
			before, err := os.Stat(unfinished(t, dir)[0])
			require.NoError(t, err)
			require.Equal(t, test.writes, before.Mode())
			require.NoError(t, sink.Finish(t.Context(), test.meta, 4))
			require.NoError(t, sink.Commit(t.Context()))
			after, err := os.Stat(filepath.Join(dir, "file"))
			require.NoError(t, err)
			require.Equal(t, test.mode, after.Mode())
			require.Equal(t, []int{test.chmods}, counted(calls.Calls(), "chmod *"))
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
		require.NoError(t, os.Chmod(unfinished(t, dir)[0], has))
		require.NoError(t, sink.Finish(t.Context(), meta, 0))
		require.NoError(t, sink.Commit(t.Context()))
		info, err := os.Stat(filepath.Join(dir, "file"))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o640), info.Mode())
	}
}

// Nobody looks for the name of a copy in a directory that nothing was in.
func TestCreateLikeInABareDirectory(t *testing.T) {
	dir, calls := t.TempDir(), &disktest.Failing{}
	folder := countedIn(t, dir, calls)
	for _, name := range []string{"a", "b"} {
		sink, err := folder.CreateLike(t.Context(), name, local.Meta{})
		require.NoError(t, err)
		require.NoError(t, sink.Commit(t.Context()))
	}
	require.Equal(t, []int{1, 1, 2}, counted(calls.Calls(), "lstat a", "lstat b", "rename *"), "lstat after the renaming")

	calls = &disktest.Failing{}
	sink, err := countedIn(t, dir, calls).CreateLike(t.Context(), "a", local.Meta{})
	require.NoError(t, err)
	require.NotZero(t, sink.Replaces(), "there is something in it now")
	require.NoError(t, sink.Abort(t.Context()))
}

// What comes while a copy is written is found by Publish, as if it had been there before.
func TestCreateLikeIsOvertaken(t *testing.T) {
	overtaken := func(put func(path string) error) (path string, err error) {
		dir, _, folder := targetIn(t, ".")
		path = filepath.Join(dir, "file")
		sink, err := folder.CreateLike(t.Context(), "file", local.Meta{})
		require.NoError(t, err)
		_, err = io.WriteString(sink, "new")
		require.NoError(t, err)
		require.NoError(t, put(path))
		err = sink.Commit(t.Context())
		return path, errors.Join(err, sink.Abort(t.Context()))
	}
	path, err := overtaken(func(path string) error { return os.WriteFile(path, []byte("old"), 0o600) })
	require.NoError(t, err)
	requireContent(t, "new", path)
	for _, kind := range []string{"a FIFO", "a directory", "a symbolic link"} {
		path, err := overtaken(irregular[kind])
		_, is := errors.AsType[*storage.NotRegularError](err)
		require.True(t, is, "%s: %v", kind, err)
		info, err := os.Lstat(path)
		require.NoError(t, err)
		require.False(t, info.Mode().IsRegular(), kind)
	}
}
