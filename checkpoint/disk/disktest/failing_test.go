package disktest_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// everyCall makes each call that there is, once, and stops at the first error.
func everyCall(d disk.Directory) (err error) {
	defer func() { err = errors.Join(err, d.Close()) }()
	f, err := d.OpenFile("a", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err := f.WriteAt([]byte("0123456789"), 0); err != nil {
		return errors.Join(err, wrote(n))
	}
	if n, err := f.ReadAt(make([]byte, 10), 0); err != nil {
		return errors.Join(err, wrote(n))
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if err := f.Chmod(0o640); err != nil {
		return err
	}
	if err := f.Truncate(9); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := d.Chtimes("a", now.ModTime(), now.ModTime()); err != nil {
		return err
	}
	if err := d.Rename("a", "b"); err != nil {
		return err
	}
	if _, err := d.Lstat("b"); err != nil {
		return err
	}
	if err := list(d); err != nil {
		return err
	}
	return d.Remove("b")
}

// wrote is how far a call came that failed.
type wrote int

func (wrote) Error() string { return "half way" }

func list(d disk.Directory) (err error) {
	names, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, names.Close()) }()
	_, err = names.ReadDir(10)
	return err
}

func TestFailingCountsEveryCall(t *testing.T) {
	failing := &disktest.Failing{}
	require.NoError(t, everyCall(failing.Wrap(disktest.NewLosing())))
	require.Equal(t, []string{
		"open a", "write a", "read a", "stat a", "chmod a", "truncate a", "sync a", "chtimes a",
		"rename a b", "lstat b", "open .", "list .", "close .", "remove b", "close a", "close directory",
	}, failing.Calls())
	require.False(t, failing.Hit())
}

// No call is left out: each fails once, as it was told to, and alone.
func TestFailingFailsEveryCall(t *testing.T) {
	for _, extent := range []disktest.Extent{disktest.Nothing, disktest.Half, disktest.Whole} {
		k := 1
		for ; ; k++ {
			failing := &disktest.Failing{At: k, Err: syscall.EIO, Extent: extent}
			err := everyCall(failing.Wrap(disktest.NewLosing()))
			if !failing.Hit() {
				require.NoError(t, err)
				break
			}
			require.ErrorIs(t, err, syscall.EIO, "call %d", k)
			failed, ok := errors.AsType[*fs.PathError](err)
			require.True(t, ok)
			require.Equal(t, failing.Calls()[k-1], failed.Op+" "+failed.Path)
			if far, ok := errors.AsType[wrote](err); ok {
				require.Equal(t, map[disktest.Extent]wrote{0: 0, 1: 5, 2: 10}[extent], far, "call %d", k)
			}
		}
		require.Equal(t, 17, k)
	}
}

// What a failing call does to the directory is what its extent says.
func TestFailingExtent(t *testing.T) {
	content := func(at int, extent disktest.Extent) (names string, a []byte) {
		l := disktest.NewLosing()
		failing := &disktest.Failing{At: at, Err: syscall.EIO, Extent: extent}
		d := failing.Wrap(l)
		if f, err := d.OpenFile("a", os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			_, _ = f.WriteAt([]byte("0123456789"), 0)
			_ = f.Close()
			_ = d.Rename("a", "b")
		}
		return strings.Join(namesIn(t, l), " "), bytes.Join([][]byte{contentOf(t, l, "a"), contentOf(t, l, "b")}, nil)
	}
	for name, test := range map[string]struct {
		at      int
		extent  disktest.Extent
		names   string
		content string
	}{
		"open nothing":   {1, disktest.Nothing, "", ""},
		"open half":      {1, disktest.Half, "", ""},
		"open whole":     {1, disktest.Whole, "a", ""},
		"write nothing":  {2, disktest.Nothing, "b", ""},
		"write half":     {2, disktest.Half, "b", "01234"},
		"write whole":    {2, disktest.Whole, "b", "0123456789"},
		"close":          {3, disktest.Nothing, "b", "0123456789"},
		"rename nothing": {4, disktest.Nothing, "a", "0123456789"},
		"rename whole":   {4, disktest.Whole, "b", "0123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			names, a := content(test.at, test.extent)
			require.Equal(t, test.names, names)
			require.Equal(t, test.content, string(a))
		})
	}
}

// A descriptor is gone whatever close returns.
func TestFailingCloses(t *testing.T) {
	for _, extent := range []disktest.Extent{disktest.Nothing, disktest.Whole} {
		failing := &disktest.Failing{At: 2, Err: syscall.EIO, Extent: extent}
		f, err := failing.Wrap(disktest.NewLosing()).OpenFile("a", os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		require.ErrorIs(t, f.Close(), syscall.EIO)
		require.ErrorIs(t, f.Close(), fs.ErrClosed)
	}
}

// The failure hides what the call would have said by itself.
func TestFailingComesFirst(t *testing.T) {
	failing := &disktest.Failing{At: 1, Err: syscall.EIO, Extent: disktest.Whole}
	_, err := failing.Wrap(disktest.NewLosing()).Lstat("missing")
	require.ErrorIs(t, err, syscall.EIO)
	require.NotErrorIs(t, err, fs.ErrNotExist)
}

// Only the calls that are asked for are counted.
func TestFailingOnly(t *testing.T) {
	syncs := func(call string) bool { return strings.HasPrefix(call, "sync ") }
	for at, want := range map[int]string{1: "sync a", 2: "sync .", 3: ""} {
		failing := &disktest.Failing{At: at, Err: syscall.EIO, Only: syncs}
		d := failing.Wrap(disktest.NewLosing())
		f, err := d.OpenFile("a", os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		require.Equal(t, at == 1, f.Sync() != nil)
		require.NoError(t, f.Close())
		require.Equal(t, at == 2, disk.SyncNames(d) != nil)
		require.Equal(t, want, failing.Failed())
		require.Equal(t, want != "", failing.Hit())
	}
}

// A lasting failure is the end: nothing happens any more.
func TestFailingLasting(t *testing.T) {
	l := disktest.NewLosing()
	failing := &disktest.Failing{At: 2, Err: syscall.EIO, Lasting: true, Extent: disktest.Half}
	d := failing.Wrap(l)
	f, err := d.OpenFile("a", os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("0123456789"), 0)
	require.ErrorIs(t, err, syscall.EIO)
	_, err = f.WriteAt([]byte("0123456789"), 0)
	require.ErrorIs(t, err, syscall.EIO)
	require.ErrorIs(t, f.Sync(), syscall.EIO)
	require.ErrorIs(t, d.Rename("a", "b"), syscall.EIO)
	require.ErrorIs(t, d.Remove("a"), syscall.EIO)
	require.Equal(t, []string{"a"}, namesIn(t, l))
	require.Equal(t, "01234", string(contentOf(t, l, "a")))
}
