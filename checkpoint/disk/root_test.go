package disk_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

func open(t *testing.T) (d *disk.Root, path string) {
	t.Helper()
	path = t.TempDir()
	d, err := disk.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, path
}

func TestOpenMissing(t *testing.T) {
	_, err := disk.Open(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestRootStaysInside(t *testing.T) {
	d, path := open(t)
	require.NoError(t, os.Symlink(filepath.Dir(path), filepath.Join(path, "out")))
	for _, name := range []string{"../x", "/x", "out/x"} {
		f, err := d.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
		require.Error(t, err, name)
		if f != nil {
			t.Fatal("a File that holds no file is not nil")
		}
	}
}

// What os.Root does not do itself stays inside too.
func TestNamesAreOneElement(t *testing.T) {
	d, path := open(t)
	require.NoError(t, os.Mkdir(filepath.Join(path, "dir"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path, "file"), nil, 0o600))
	for _, name := range []string{"../x", "/x", "dir/x", "..", ""} {
		require.Error(t, renameNew(d, "file", name), name)
		require.Error(t, renameNew(d, name, "new"), name)
		require.Error(t, linkNew(t, d, name), name)
		require.Error(t, d.Link("file", d, name), name)
		require.Error(t, d.Lchtimes(name, time.Now(), time.Now()), name)
	}
	require.NoFileExists(t, filepath.Join(filepath.Dir(path), "x"))
	names, err := os.ReadDir(filepath.Join(path, "dir"))
	require.NoError(t, err)
	require.Empty(t, names)
}

func renameNew(d any, from, to string) error {
	if renamer, ok := d.(disk.NewRenamer); ok {
		return renamer.RenameNew(from, to)
	}
	return errors.ErrUnsupported
}

// linkNew gives the name to a file that was made without one.
func linkNew(t *testing.T, d any, name string) error {
	t.Helper()
	creator, ok := d.(disk.UnnamedCreator)
	if !ok {
		return errors.ErrUnsupported
	}
	f, err := creator.CreateUnnamed(0o600)
	if err != nil {
		return err
	}
	defer func() { require.NoError(t, f.Close()) }()
	return f.LinkAs(name)
}

// A new file is not made through a link, and takes no other's place.
func TestNewIsNew(t *testing.T) {
	d, path := open(t)
	require.NoError(t, os.Symlink("elsewhere", filepath.Join(path, "link")))
	require.NoError(t, os.WriteFile(filepath.Join(path, "file"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(path, "other"), nil, 0o600))
	for _, name := range []string{"link", "file"} {
		_, err := d.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		require.ErrorIs(t, err, fs.ErrExist, name)
		for _, err := range []error{linkNew(t, d, name), renameNew(d, "other", name)} {
			if !errors.Is(err, errors.ErrUnsupported) {
				require.ErrorIs(t, err, fs.ErrExist, name)
			}
		}
	}
	require.FileExists(t, filepath.Join(path, "other"))
	require.NoFileExists(t, filepath.Join(path, "elsewhere"))
	require.NoError(t, d.Close())
	require.NoError(t, d.Close(), "again")
	_, err := d.OpenFile("new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestRootListsInBatches(t *testing.T) {
	d, _ := open(t)
	want := make([]string, 5)
	for i := range want {
		want[i] = strconv.Itoa(i)
		f, err := d.OpenFile(want[i], os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	names, err := d.OpenFile(".", os.O_RDONLY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, names.Close()) }()
	var got []string
	for err == nil {
		var entries []fs.DirEntry
		entries, err = names.ReadDir(2)
		require.LessOrEqual(t, len(entries), 2)
		for _, e := range entries {
			got = append(got, e.Name())
		}
	}
	require.ErrorIs(t, err, io.EOF)
	slices.Sort(got)
	require.Equal(t, want, got)
}

// opener opens a directory whose sync ends so.
type opener struct{ sync, close error }

type directory struct {
	disk.File
	of opener
}

func (o opener) OpenFile(string, int, fs.FileMode) (disk.File, error) { return directory{of: o}, nil }
func (d directory) Sync() error                                       { return d.of.sync }
func (d directory) Close() error                                      { return d.of.close }

func TestSyncNames(t *testing.T) {
	d, _ := open(t)
	require.NoError(t, disk.SyncNames(d))
	if err := disk.SyncNames(opener{sync: syscall.EIO}); err == nil {
		t.Skip("this system has no call to sync a directory")
	}
	bad := errors.New("bad")
	for name, test := range map[string]struct {
		opener
		want error
	}{
		"done":             {opener{}, nil},
		"not known":        {opener{sync: &fs.PathError{Err: syscall.EINVAL}}, nil},
		"not supported":    {opener{sync: &fs.PathError{Err: errors.ErrUnsupported}}, nil},
		"failed":           {opener{sync: &fs.PathError{Err: syscall.EIO}}, syscall.EIO},
		"not closed":       {opener{close: bad}, bad},
		"failed, and more": {opener{sync: syscall.EIO, close: bad}, syscall.EIO},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, disk.SyncNames(test.opener), test.want) })
	}
}
