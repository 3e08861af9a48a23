package batch_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// onFailing is a copier whose target's calls are counted, or fail.
func onFailing(t *testing.T, to string, failing *disktest.Failing) *copier {
	t.Helper()
	c := newCopier(t, to)
	d, err := disk.Open(to)
	require.NoError(t, err)
	c.Target, err = local.NewTarget(failing.Wrap(d).(disk.Tree), to)
	require.NoError(t, err)
	target := c.Target
	t.Cleanup(func() { require.NoError(t, target.Close()) })
	return c
}

func isNameSync(call string) bool { return call == "sync ." || call == "syncfilesystem ." }

// Whoever made what is up to date may have been killed before its name was synced.
func TestCopyUpToDateLasts(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "file"), t.TempDir()
	require.NoError(t, os.WriteFile(from, []byte("content"), 0o600))
	_, err := newCopier(t, to).copy(t, from)
	require.NoError(t, err)
	syncs := &disktest.Failing{At: 1, Only: isNameSync, Err: syscall.EIO}
	c := onFailing(t, to, syncs)
	c.Update = true
	results, err := c.copy(t, from)
	require.NoError(t, err)
	require.True(t, syncs.Hit())
	require.ErrorIs(t, results[0].Err, syscall.EIO)
}

// Where the name of a copy may not last, no other name of it is said to.
func TestCopyLinkOfWhatMayNotLast(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"a", "b"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "a/first"), []byte("content"), 0o600))
	require.NoError(t, os.Link(filepath.Join(root, "a/first"), filepath.Join(root, "b/other")))
	failed := 0
	for at := 1; ; at++ {
		syncs := &disktest.Failing{At: at, Only: isNameSync, Err: syscall.EIO}
		c := onFailing(t, t.TempDir(), syncs)
		c.HardLinks, c.Verify = true, batch.VerifyNone
		results, err := c.copy(t, root)
		require.NoError(t, err)
		errs := map[string]error{}
		for _, r := range results {
			if r.Kind == batch.RegularFile {
				errs[r.Name] = r.Err
			}
		}
		if errs["a/first"] != nil {
			failed++
			require.Error(t, errs["b/other"], "sync %d", at)
		}
		if !syncs.Hit() {
			break
		}
	}
	require.Positive(t, failed)
}
