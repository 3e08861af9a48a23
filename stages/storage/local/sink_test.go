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

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
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

func open(t *testing.T, dir string) *disk.Root {
	t.Helper()
	d, err := disk.Open(dir)
	require.NoError(t, err)
	return d
}

// verbs are calls without the names, some of which are never twice the same.
func verbs(calls []string) []string {
	verbs := make([]string, len(calls))
	for i, call := range calls {
		verbs[i], _, _ = strings.Cut(call, " ")
	}
	return verbs
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
			counting := &disktest.Failing{}
			content, _, err := writeOn(t, counting, old)
			require.NoError(t, err)
			require.Equal(t, "new", content)
			calls := verbs(counting.Calls())
			require.Contains(t, calls, "rename")
			for k := range calls {
				t.Run(fmt.Sprintf("%d %s", k+1, calls[k]), func(t *testing.T) {
					content, left, err := writeOn(t, &disktest.Failing{At: k + 1, Err: syscall.EIO}, old)
					require.ErrorIs(t, err, syscall.EIO)
					require.Equal(t, 1, strings.Count(err.Error(), "target"), "the path once: %v", err)
					require.NotContains(t, err.Error(), ".penstock-")
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
func writeOn(t *testing.T, failing *disktest.Failing, old string) (content string, left []string, err error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "target")
	if old != "" {
		require.NoError(t, os.WriteFile(path, []byte(old), 0o600))
	}
	err = func() error {
		sink, err := local.CreateOn(t.Context(), failing.Wrap(open(t, dir)), "target")
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
	d := &disktest.Failing{Err: syscall.EIO}
	sink, err := local.CreateOn(t.Context(), d.Wrap(open(t, dir)), "target")
	require.NoError(t, err)
	d.At = len(d.Calls()) + 1
	require.ErrorIs(t, sink.Sync(t.Context()), syscall.EIO)
	require.ErrorContains(t, sink.Sync(t.Context()), "an earlier sync went wrong")
	require.ErrorIs(t, sink.Commit(t.Context()), syscall.EIO)
	require.NotContains(t, verbs(d.Calls()), "rename")
	require.NoError(t, sink.Abort(t.Context()))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// What is renamed was synced, with its final mode, and closed; the directory is
// synced after.
func TestSinkCommitOrder(t *testing.T) {
	d := &disktest.Failing{}
	sink, err := local.CreateOn(t.Context(), d.Wrap(open(t, t.TempDir())), "target")
	require.NoError(t, err)
	from := len(d.Calls())
	require.NoError(t, sink.Commit(t.Context()))
	require.Equal(t, []string{
		"stat", "chmod", "sync", "close", "lstat", "lstat", "rename", "lstat", "open", "sync", "close", "close",
	}, verbs(d.Calls()[from:]))
}

// An opening that failed may have happened, as on a network that has lost the answer.
func TestCreateLeavesNothing(t *testing.T) {
	for _, old := range []string{"", "old"} {
		counting := &disktest.Failing{}
		_, _, err := writeOn(t, counting, old)
		require.NoError(t, err)
		at := 1 + slices.IndexFunc(counting.Calls(), func(call string) bool { return strings.HasPrefix(call, "open .penstock-") })
		_, left, err := writeOn(t, &disktest.Failing{At: at, Err: syscall.EIO, Extent: disktest.Whole}, old)
		require.ErrorIs(t, err, syscall.EIO)
		require.Empty(t, left)
	}
}
