package disktest_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// namesIn are the names in d, in order.
func namesIn(t require.TestingT, d disk.Directory) []string {
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	require.NoError(t, err)
	var names []string
	for {
		entries, err := f.ReadDir(2)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	slices.Sort(names)
	return names
}

// contentOf is nil where there is no such file.
func contentOf(t require.TestingT, d disk.Directory, name string) []byte {
	f, err := d.OpenFile(name, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return content
}

// A Losing shows what a real directory would: the same calls on both have the
// same results.
func TestLosingIsLikeARealDirectory(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, strconv.Itoa(n))
		require.NoError(t, os.Mkdir(path, 0o700))
		root, err := disk.Open(path)
		require.NoError(t, err)
		defer func() { require.NoError(t, root.Close()) }()
		both := pair{real: root, losing: disktest.NewLosing(), files: map[string][2]disk.File{}}
		defer both.closeAll()
		t.Repeat(map[string]func(*rapid.T){
			"open": both.open, "write": both.write, "read": both.read, "truncate": both.truncate,
			"sync": both.sync, "rename": both.rename, "rename new": both.renameNew, "remove": both.remove,
			"create unnamed": both.createUnnamed, "link as": both.linkAs, "chtimes": both.chtimes, "": both.compare,
		})
	})
}

// pair is a real directory and what should be like it.
type pair struct {
	real   disk.Directory
	losing disk.Directory
	files  map[string][2]disk.File // open, by the name when they were opened
}

func (p *pair) each(do func(i int, d disk.Directory) error) [2]error {
	return [2]error{do(0, p.real), do(1, p.losing)}
}

// same wants both calls to have succeeded, or both failed for the same reason.
func same(t *rapid.T, errs [2]error) bool {
	require.Equal(t, errs[0] == nil, errs[1] == nil, "real: %v; losing: %v", errs[0], errs[1])
	for _, kind := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrClosed, io.EOF} {
		require.Equal(t, errors.Is(errs[0], kind), errors.Is(errs[1], kind), "%v, %v", errs[0], errs[1])
	}
	return errs[0] == nil
}

func drawName(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name") }

func (p *pair) open(t *rapid.T) {
	name := drawName(t)
	flag := rapid.SampledFrom([]int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR}).Draw(t, "access")
	flag |= rapid.SampledFrom([]int{0, os.O_CREATE, os.O_CREATE | os.O_EXCL, os.O_CREATE | os.O_TRUNC}).Draw(t, "flag")
	var opened [2]disk.File
	errs := p.each(func(i int, d disk.Directory) (err error) {
		opened[i], err = d.OpenFile(name, flag, 0o600)
		return err
	})
	if same(t, errs) {
		p.close(name)
		p.files[name] = opened
	}
}

func (p *pair) close(name string) {
	if files, ok := p.files[name]; ok {
		_, _ = files[0].Close(), files[1].Close()
	}
}

func (p *pair) closeAll() {
	for name := range p.files {
		p.close(name)
	}
}

// onFile calls do on an open file of each, if there is one.
func (p *pair) onFile(t *rapid.T, do func(i int, f disk.File) error) {
	files, ok := p.files[rapid.SampledFrom([]string{"a", "b", "c", unnamed}).Draw(t, "file")]
	if ok {
		same(t, [2]error{do(0, files[0]), do(1, files[1])})
	}
}

func (p *pair) write(t *rapid.T) {
	content := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "content")
	offset := rapid.Int64Range(0, 300).Draw(t, "offset")
	p.onFile(t, func(_ int, f disk.File) error {
		_, err := f.WriteAt(content, offset)
		return err
	})
}

func (p *pair) read(t *rapid.T) {
	offset, n := rapid.Int64Range(0, 300).Draw(t, "offset"), rapid.IntRange(1, 300).Draw(t, "n")
	var got [2][]byte
	p.onFile(t, func(i int, f disk.File) error {
		got[i] = make([]byte, n)
		read, err := f.ReadAt(got[i], offset)
		got[i] = got[i][:read]
		return err
	})
	require.Equal(t, got[0], got[1])
}

func (p *pair) truncate(t *rapid.T) {
	size := rapid.Int64Range(0, 300).Draw(t, "size")
	p.onFile(t, func(_ int, f disk.File) error { return f.Truncate(size) })
}

// sync is of one only: a real one takes long, and shows nothing.
func (p *pair) sync(t *rapid.T) {
	p.onFile(t, func(i int, f disk.File) error {
		if i == 0 {
			_, err := f.Stat()
			return err
		}
		return f.Sync()
	})
	require.NoError(t, disk.SyncNames(p.losing))
}

func (p *pair) rename(t *rapid.T) {
	from, to := drawName(t), drawName(t)
	same(t, p.each(func(_ int, d disk.Directory) error { return d.Rename(from, to) }))
}

func (p *pair) renameNew(t *rapid.T) {
	from, to := drawName(t), drawName(t)
	renamer, ok := p.real.(disk.NewRenamer)
	if !ok {
		return
	}
	errs := [2]error{renamer.RenameNew(from, to)}
	if errors.Is(errs[0], errors.ErrUnsupported) {
		return
	}
	errs[1] = p.losing.(disk.NewRenamer).RenameNew(from, to)
	same(t, errs)
}

// unnamed is a name for a file that has none, in files.
const unnamed = "unnamed"

func (p *pair) createUnnamed(t *rapid.T) {
	creator, ok := p.real.(disk.UnnamedCreator)
	if !ok {
		return
	}
	made, err := creator.CreateUnnamed(0o600)
	if errors.Is(err, errors.ErrUnsupported) {
		return
	}
	require.NoError(t, err)
	like, err := p.losing.(disk.UnnamedCreator).CreateUnnamed(0o600)
	require.NoError(t, err)
	p.close(unnamed)
	p.files[unnamed] = [2]disk.File{made, like}
}

func (p *pair) linkAs(t *rapid.T) {
	name, files := drawName(t), p.files[unnamed]
	if files[0] == nil {
		return
	}
	link := func(i int, _ disk.Directory) error { return files[i].(disk.UnnamedFile).LinkAs(name) }
	if same(t, p.each(link)) {
		p.close(unnamed)
		delete(p.files, unnamed)
	}
}

func (p *pair) remove(t *rapid.T) {
	name := drawName(t)
	same(t, p.each(func(_ int, d disk.Directory) error { return d.Remove(name) }))
}

func (p *pair) chtimes(t *rapid.T) {
	name, to := drawName(t), time.Unix(1e9, 7)
	if same(t, p.each(func(_ int, d disk.Directory) error { return d.Chtimes(name, to, to) })) {
		p.each(func(_ int, d disk.Directory) error {
			info, err := d.Lstat(name)
			require.NoError(t, err)
			require.True(t, info.ModTime().Equal(to))
			return nil
		})
	}
}

func (p *pair) compare(t *rapid.T) {
	names := namesIn(t, p.real)
	require.Equal(t, names, namesIn(t, p.losing))
	for _, name := range append(names, ".") {
		var infos [2]fs.FileInfo
		p.each(func(i int, d disk.Directory) (err error) {
			infos[i], err = d.Lstat(name)
			require.NoError(t, err)
			return nil
		})
		require.Equal(t, infos[0].Mode(), infos[1].Mode())
		if name != "." {
			require.Equal(t, infos[0].Size(), infos[1].Size())
			require.Equal(t, contentOf(t, p.real, name), contentOf(t, p.losing, name))
		}
	}
}
