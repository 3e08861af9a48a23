package checkpoint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// openDirectory opens a directory for records that the test's end removes.
func openDirectory(t *testing.T) (d *disk.Root, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state", "penstock")
	d, err := checkpoint.OpenDirectory(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, path
}

func TestFileStore(t *testing.T) {
	checkpointtest.Store(t, func(t *testing.T) checkpoint.Store {
		t.Helper()
		d, _ := openDirectory(t)
		return checkpoint.NewFileStore(d)
	})
}

// Losing and Failing are directories like any other.
func TestFileStoreInMemory(t *testing.T) {
	checkpointtest.Store(t, func(*testing.T) checkpoint.Store {
		return checkpoint.NewFileStore(new(disktest.Failing).Wrap(disktest.NewLosing()))
	})
}

// Another store in the same directory, as in the next process, finds the records;
// no id leaves the directory, and nothing but records is in it.
func TestFileStoreIsTheDirectory(t *testing.T) {
	d, path := openDirectory(t)
	for _, id := range []string{"a", "../a", "/etc/passwd", strings.Repeat("x", 4000)} {
		require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), checkpointtest.Record(id, 7)))
		r, err := checkpoint.NewFileStore(d).Load(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, checkpointtest.Record(id, 7), r)
	}
	for name := range tree(t, filepath.Dir(filepath.Dir(path))) {
		require.Regexp(t, `^state(/penstock(/[0-9a-f]{64}\.record)?)?$`, filepath.ToSlash(name))
	}
}

// tree are all names beneath root.
func tree(t *testing.T, root string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if name != root {
			info, err := d.Info()
			require.NoError(t, err)
			rel, err := filepath.Rel(root, name)
			require.NoError(t, err)
			found[rel] = info.Mode()
		}
		return nil
	}))
	return found
}

// What is renamed was synced and closed, and the directory is synced after.
func TestFileStoreSaveOrder(t *testing.T) {
	failing := &disktest.Failing{}
	s := checkpoint.NewFileStore(failing.Wrap(disktest.NewLosing()))
	require.NoError(t, s.Save(t.Context(), checkpointtest.Record("a", 1)))
	calls := failing.Calls()
	temp := strings.TrimPrefix(calls[0], "open ")
	final, _, _ := strings.Cut(temp, ".record.")
	require.Equal(t, []string{
		"open " + temp, "write " + temp, "sync " + temp, "close " + temp, "rename " + temp + " " + final + ".record",
		"open .", "sync .", "close .",
	}, calls)
	from := len(calls)
	require.NoError(t, s.Save(t.Context(), checkpointtest.Record("a", 2)))
	require.NotEqual(t, calls[0], failing.Calls()[from], "a temporary name is not used twice")
	from = len(failing.Calls())
	require.NoError(t, s.Delete(t.Context(), "a"))
	require.Equal(t, []string{"remove " + final + ".record", "open .", "sync .", "close ."}, failing.Calls()[from:])
}

// interrupting is a directory in which something happens right after an opening.
type interrupting struct {
	disk.Directory
	then func()
}

func (d interrupting) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	f, err := d.Directory.OpenFile(name, flag, perm)
	d.then()
	return f, err
}

// A Save in the middle of a Load, as by another process, does not mix the two.
func TestFileStoreLoadsWhileSaving(t *testing.T) {
	d := disktest.NewLosing()
	before, after := checkpointtest.Record("a", 1), checkpointtest.Record("a", 100_000)
	after.Digests[0].State = make([]byte, 10_000)
	for _, pair := range [][2]checkpoint.Record{{before, after}, {after, before}} {
		require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), pair[0]))
		saving := interrupting{d, func() { require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), pair[1])) }}
		r, err := checkpoint.NewFileStore(saving).Load(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, pair[0], r)
	}
}

func TestFileStoreIgnoresOthers(t *testing.T) {
	d, path := openDirectory(t)
	s := checkpoint.NewFileStore(d)
	require.NoError(t, s.Save(t.Context(), checkpointtest.Record("a", 1)))
	require.NoError(t, os.WriteFile(filepath.Join(path, "README"), []byte("x"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(path, "directory"), 0o700))
	n := 0
	for _, err := range s.List(t.Context()) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 1, n)
}
