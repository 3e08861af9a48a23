//go:build unix

package disktest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// trees are a real tree and what should be like it.
type trees struct{ real, losing disk.Tree }

// in does the same in the directory of that name of both, "." for the top.
func (p trees) in(t *rapid.T, do func(d disk.Tree) error) {
	name := rapid.SampledFrom([]string{".", "d"}).Draw(t, "in")
	same(t, [2]error{within(p.real, name, do), within(p.losing, name, do)})
}

func within(top disk.Tree, name string, do func(d disk.Tree) error) error {
	d, err := top.Branch(name)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return do(d)
}

// A Losing shows what a real tree would: the same calls on both have the same results.
func TestLosingIsLikeARealTree(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, strconv.Itoa(n))
		require.NoError(t, os.Mkdir(path, 0o700))
		root, err := disk.Open(path)
		require.NoError(t, err)
		defer func() { require.NoError(t, root.Close()) }()
		both := trees{root, disktest.NewLosing()}
		t.Repeat(map[string]func(*rapid.T){
			"create": both.create, "mkdir": both.mkdir, "symlink": both.symlink, "link": both.link,
			"rename": both.rename, "remove": both.remove, "times": both.times, "": both.compare,
		})
	})
}

func drawTreeName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "d"}).Draw(t, "name")
}

func (p trees) create(t *rapid.T) {
	name := drawTreeName(t)
	p.in(t, func(d disk.Tree) error {
		f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			err = f.Close()
		}
		return err
	})
}

func (p trees) mkdir(t *rapid.T) {
	name := drawTreeName(t)
	p.in(t, func(d disk.Tree) error { return d.Mkdir(name, 0o700) })
}

func (p trees) symlink(t *rapid.T) {
	name, target := drawTreeName(t), drawTreeName(t)
	p.in(t, func(d disk.Tree) error { return d.Symlink("../"+target+"/nothing", name) })
}

// link is from one directory into the same or the other.
func (p trees) link(t *rapid.T) {
	name, as := drawTreeName(t), drawTreeName(t)
	from, to := rapid.SampledFrom([]string{".", "d"}).Draw(t, "from"), rapid.SampledFrom([]string{".", "d"}).Draw(t, "to")
	link := func(top disk.Tree) error {
		return within(top, from, func(from disk.Tree) error {
			return within(top, to, func(to disk.Tree) error { return from.Link(name, to, as) })
		})
	}
	same(t, [2]error{link(p.real), link(p.losing)})
}

func (p trees) rename(t *rapid.T) {
	from, to := drawTreeName(t), drawTreeName(t)
	p.in(t, func(d disk.Tree) error { return d.Rename(from, to) })
}

func (p trees) remove(t *rapid.T) {
	name := drawTreeName(t)
	p.in(t, func(d disk.Tree) error { return d.Remove(name) })
}

func (p trees) times(t *rapid.T) {
	name, to := drawTreeName(t), time.Unix(1e9, 7)
	p.in(t, func(d disk.Tree) error { return d.Lchtimes(name, time.Time{}, to) })
}

func (p trees) compare(t *rapid.T) { require.Equal(t, shape(t, p.real, "."), shape(t, p.losing, ".")) }

// shape is what there is below d: names, modes, and which of them are one file.
func shape(t require.TestingT, d disk.Tree, way string) (lines []string) {
	for _, name := range namesIn(t, d) {
		info, err := d.Lstat(name)
		require.NoError(t, err)
		path := way + "/" + name
		lines = append(lines, path+" "+info.Mode().String())
		if info.IsDir() {
			below, err := d.Branch(name)
			require.NoError(t, err)
			lines = append(lines, shape(t, below, path)...)
			require.NoError(t, below.Close())
		}
	}
	return lines
}

// tree makes d/file with content, and syncs what is to be synced.
func tree(t *testing.T, l *disktest.Losing, syncAbove, syncWithin bool) {
	t.Helper()
	require.NoError(t, l.Mkdir("d", 0o700))
	d, err := l.Branch("d")
	require.NoError(t, err)
	require.NoError(t, put(t, d, "file", "content", 0).Sync())
	if syncWithin {
		require.NoError(t, disk.SyncNames(d))
	}
	if syncAbove {
		require.NoError(t, disk.SyncNames(l))
	}
}

// A name lasts when every directory on its way has been synced, each for itself.
func TestCrashForgetsNamesOnTheWay(t *testing.T) {
	for name, test := range map[string]struct {
		above, within bool
		lost, empty   bool // possible
	}{
		"nothing synced": {lost: true, empty: true},
		"above synced":   {above: true, empty: true},
		"within synced":  {within: true, lost: true},
		"both synced":    {above: true, within: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := disktest.NewLosing()
			tree(t, l, test.above, test.within)
			found := outcomes(l, func(l *disktest.Losing) string {
				d, err := l.Branch("d")
				if err != nil {
					require.ErrorIs(t, err, fs.ErrNotExist)
					return "lost"
				}
				if content := contentOf(t, d, "file"); content != nil {
					return string(content)
				}
				return "empty"
			})
			require.Contains(t, found, "content")
			require.Equal(t, test.lost, found["lost"] > 0)
			require.Equal(t, test.empty, found["empty"] > 0)
		})
	}
}

// Two names of one file lead to one file after a power cut too, and a symbolic link
// to where it led.
func TestCrashKeepsLinks(t *testing.T) {
	l := disktest.NewLosing()
	tree(t, l, true, true)
	d, err := l.Branch("d")
	require.NoError(t, err)
	require.NoError(t, d.Link("file", l, "other"))
	require.NoError(t, l.Symlink("d/file", "link"))
	require.NoError(t, disk.SyncNames(l))
	after := l.Crash(1)
	target, err := after.Readlink("link")
	require.NoError(t, err)
	require.Equal(t, "d/file", target)
	f, err := after.OpenFile("other", os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("C"), 0)
	require.NoError(t, err)
	d, err = after.Branch("d")
	require.NoError(t, err)
	require.Equal(t, "Content", string(contentOf(t, d, "file")))
}

// One sync of the file system, by a directory, is one of all bytes and all names;
// after one that failed no later one brings back what it was to sync.
func TestCrashAfterSyncOfFilesystem(t *testing.T) {
	for _, fails := range []bool{false, true} {
		l := disktest.NewLosing()
		require.NoError(t, l.Mkdir("d", 0o700))
		d, err := l.Branch("d")
		require.NoError(t, err)
		put(t, d, "file", "content", 0)
		failing := &disktest.Failing{Err: syscall.EIO}
		if fails {
			failing.At = 2
		}
		f, err := failing.Wrap(d).OpenFile(".", os.O_RDONLY, 0)
		require.NoError(t, err)
		err = f.(disk.FilesystemSyncer).SyncFilesystem()
		require.Equal(t, fails, err != nil)
		if fails {
			require.NoError(t, f.(disk.FilesystemSyncer).SyncFilesystem())
		}
		found := outcomes(l, func(l *disktest.Losing) string { return strings.Join(shape(t, l, "."), ", ") })
		want := "./d drwx------, ./d/file -rw-------"
		if fails {
			want = ""
		}
		require.Equal(t, map[string]int{want: seeds}, found)
	}
}
