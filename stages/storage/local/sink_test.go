package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
	"github.com/penstock-go/penstock/stages/storage/storagetest"
)

func TestSinkSuite(t *testing.T) {
	storagetest.Sink(t, func(t *testing.T) (storage.Sink, func() ([]byte, bool)) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "target")
		sink, err := local.Create(t.Context(), path)
		require.NoError(t, err)
		return sink, func() ([]byte, bool) {
			content, err := os.ReadFile(path)
			return content, err == nil
		}
	})
}

// unfinished are the temporary files in dir.
func unfinished(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, local.TempPattern))
	require.NoError(t, err)
	return found
}

// Whichever call fails, the target is either what it was or what it was to be,
// the caller is told of it unless it is what was to be, and nothing is left
// behind that could have been removed.
func TestSinkFailsAtEveryCall(t *testing.T) {
	for _, old := range []string{"", "old"} {
		t.Run("replacing "+fmt.Sprintf("%q", old), func(t *testing.T) {
			d := &local.FailingDisk{}
			content, _, err := writeOn(t, d, old)
			require.NoError(t, err)
			require.Equal(t, "new", content)
			calls := d.Calls
			require.Contains(t, calls, "rename")
			for k := range calls {
				t.Run(fmt.Sprintf("%d %s", k+1, calls[k]), func(t *testing.T) {
					d := &local.FailingDisk{FailAt: k + 1, Err: syscall.EIO}
					content, left, err := writeOn(t, d, old)
					require.ErrorIs(t, err, syscall.EIO)
					require.Equal(t, 1, strings.Count(err.Error(), "target"), "the path once: %v", err)
					require.NotContains(t, err.Error(), "somewhere")
					require.Empty(t, left)
					if strings.Contains(err.Error(), "in place") {
						require.Equal(t, "new", content)
					} else {
						require.Equal(t, old, content)
					}
				})
			}
		})
	}
}

// writeOn writes "new" to the file target as a caller should, and says what target
// holds then and which temporary files are left.
func writeOn(t *testing.T, d *local.FailingDisk, old string) (content string, left []string, err error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "target")
	if old != "" {
		require.NoError(t, os.WriteFile(path, []byte(old), 0o600))
	}
	err = func() error {
		sink, err := local.CreateOn(d, dir, "target")
		if err != nil {
			return err
		}
		defer func() { require.NoError(t, sink.Abort(t.Context())) }()
		if _, err := sink.WriteAt(t.Context(), []byte("new"), 0); err != nil {
			return err
		}
		if err := sink.Sync(t.Context()); err != nil {
			return err
		}
		return sink.Commit(t.Context())
	}()
	got, readErr := os.ReadFile(path)
	if readErr != nil {
		require.ErrorIs(t, readErr, os.ErrNotExist)
	}
	return string(got), unfinished(t, dir), err
}

// The second sync would say nil: the pages that failed are clean by then.
func TestSinkNeverCommitsAfterFailedSync(t *testing.T) {
	dir := t.TempDir()
	d := &local.FailingDisk{Err: syscall.EIO}
	sink, err := local.CreateOn(d, dir, "target")
	require.NoError(t, err)
	d.FailAt = len(d.Calls) + 1
	require.ErrorIs(t, sink.Sync(t.Context()), syscall.EIO)
	require.ErrorContains(t, sink.Sync(t.Context()), "an earlier sync went wrong")
	require.ErrorIs(t, sink.Commit(t.Context()), syscall.EIO)
	require.NotContains(t, d.Calls, "rename")
	require.NoError(t, sink.Abort(t.Context()))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// What is renamed was synced, with its final mode, and closed; the directory is
// synced after.
func TestSinkCommitOrder(t *testing.T) {
	d := &local.FailingDisk{}
	sink, err := local.CreateOn(d, t.TempDir(), "target")
	require.NoError(t, err)
	from := len(d.Calls)
	require.NoError(t, sink.Commit(t.Context()))
	require.Equal(t, []string{"chmod", "sync", "close", "rename", "open", "sync", "close", "close directory"},
		slices.Clone(d.Calls[from:]))
}

func TestRootCreate(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "in", "sub"), 0o700))
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, "in", "out")))
	root, err := local.OpenRoot(t.Context(), filepath.Join(dir, "in"), local.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, root.Close()) }()
	sink, err := root.Create(t.Context(), "sub/file")
	require.NoError(t, err)
	require.NoError(t, sink.Commit(t.Context()))
	require.FileExists(t, filepath.Join(dir, "in", "sub", "file"))
	for _, name := range []string{"../file", "out/file", "/file", "sub/../../file"} {
		_, err := root.Create(t.Context(), name)
		require.Error(t, err, name)
	}
	require.NoError(t, os.Rename(filepath.Join(dir, "in"), filepath.Join(dir, "moved")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "in"), 0o700))
	_, err = root.Create(t.Context(), "file")
	require.ErrorIs(t, err, storage.ErrChanged, "another directory has the root's path now")
}
