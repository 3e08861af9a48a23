package batch_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// lyingTree is a disk that stores another byte than it was given, at one offset of
// every file, and says that all is well.
type lyingTree struct {
	disk.Tree
	at int64
}

func (d lyingTree) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	f, err := d.Tree.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return lyingFile{f, d.at}, nil
}

func (d lyingTree) Branch(name string) (disk.Tree, error) {
	b, err := d.Tree.Branch(name)
	return lyingTree{b, d.at}, err
}

type lyingFile struct {
	disk.File
	at int64
}

func (f lyingFile) Fd() uintptr { return f.File.(interface{ Fd() uintptr }).Fd() }

func (f lyingFile) WriteAt(p []byte, offset int64) (int, error) {
	if i := f.at - offset; i >= 0 && i < int64(len(p)) {
		p = slices.Clone(p)
		p[i] ^= 1
	}
	return f.File.WriteAt(p, offset)
}

// A byte that is not what was read is found, wherever it is. Such a copy never stays,
// and a large one never takes the place of what was there; only who did not ask is not
// told.
func TestCopyIsReadBack(t *testing.T) {
	const small, large = 100_000, 7<<20 + 5
	for name, test := range map[string]struct {
		size, at int64
		verify   batch.Verify
	}{
		"small":            {small, 0, batch.VerifyCache},
		"small, medium":    {small, small - 1, batch.VerifyMedium},
		"large, first":     {large, 0, batch.VerifyCache},
		"large, medium":    {large, 3 << 20, batch.VerifyMedium},
		"large, last":      {large, large - 1, batch.VerifyCache},
		"large, not asked": {large, 5, batch.VerifyNone},
	} {
		t.Run(name, func(t *testing.T) {
			b := newOneCopy(t, int(test.size))
			b.verify = test.verify
			b.disk = lyingTree{b.disk, test.at}
			r := b.run(t, nil)
			switch {
			case test.verify == batch.VerifyNone:
				require.NoError(t, r.Err)
				return
			case test.size == large:
				require.Equal(t, &batch.VerifyError{Path: b.final()}, verifyError(t, r.Err))
				require.Equal(t, oldContent, b.content(t), "it was found out before the copy had its name")
			default:
				require.Equal(t, &batch.VerifyError{Path: b.final(), Placed: true, Removed: true}, verifyError(t, r.Err))
				require.NoFileExists(t, b.final())
			}
			b.nothingLeft(t)
		})
	}
}

func verifyError(t *testing.T, err error) *batch.VerifyError {
	t.Helper()
	var wrong *batch.VerifyError
	require.ErrorAs(t, err, &wrong)
	return wrong
}

// oneCopy is a file that is copied over another, again and again.
type oneCopy struct {
	source, to string
	verify     batch.Verify
	disk       disk.Tree
	store      *checkpoint.MemoryStore
	stop       chan struct{}
	rate       int64 // bytes a second; 0 for as fast as it goes
}

func newOneCopy(t *testing.T, size int) *oneCopy {
	t.Helper()
	b := &oneCopy{source: filepath.Join(t.TempDir(), "file"), to: t.TempDir(), store: new(checkpoint.MemoryStore), stop: make(chan struct{})}
	require.NoError(t, os.WriteFile(b.source, pattern(size), 0o444))
	require.NoError(t, os.WriteFile(b.final(), []byte(oldContent), 0o600))
	b.disk, b.verify = openDisk(t, b.to), batch.VerifyCache
	return b
}

func (b *oneCopy) final() string { return filepath.Join(b.to, "file") }

func (b *oneCopy) content(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(b.final())
	require.NoError(t, err)
	return string(content)
}

// temp is the unfinished copy, of which there is one.
func (b *oneCopy) temp(t *testing.T) string {
	t.Helper()
	hidden, err := filepath.Glob(filepath.Join(b.to, local.TempPattern))
	require.NoError(t, err)
	require.Len(t, hidden, 1)
	return hidden[0]
}

func (b *oneCopy) nothingLeft(t *testing.T) {
	t.Helper()
	require.Empty(t, listed(b.store), "nobody goes on with it")
	hidden, err := filepath.Glob(filepath.Join(b.to, local.TempPattern))
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// run copies, one stream at a time. saving is called with every record before it is saved.
func (b *oneCopy) run(t *testing.T, saving func(*copier, checkpoint.Record) error) batch.CopyResult {
	t.Helper()
	c := newCopier(t, b.to)
	c.Control.SetStreams(1)
	require.NoError(t, c.Control.Limiter().Set(pressure.Rates{Bytes: b.rate}))
	c.Algorithms = []digest.Algorithm{digest.XXH3}
	c.Verify, c.Stop = b.verify, b.stop
	c.Resume.Marks = stages.Marks{Bytes: 1 << 20, Chunks: 1}
	c.Resume.Store = savings{b.store, func(r checkpoint.Record) error {
		if saving == nil {
			return nil
		}
		return saving(c, r)
	}}
	target, err := local.NewTarget(b.disk, b.to)
	require.NoError(t, err)
	c.Target = target
	results, err := c.copy(t, b.source)
	if len(results) == 0 {
		require.ErrorIs(t, err, stages.ErrStopped)
		return batch.CopyResult{}
	}
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

// savings is a store of which somebody is told before it saves.
type savings struct {
	checkpoint.Store
	saving func(checkpoint.Record) error
}

func (s savings) Save(ctx context.Context, r checkpoint.Record) error {
	if err := s.saving(r); err != nil {
		return err
	}
	return s.Store.Save(ctx, r)
}

// errDied is where the process is said to have died.
var errDied = errors.New("died")

// A large copy is read back while the rest of it is written, all of it and once, and
// before it has its name.
func TestCopyIsReadBackWhileItIsWritten(t *testing.T) {
	const size = 24<<20 + 5
	b := newOneCopy(t, size)
	b.to = quickDir(t)
	b.disk = openDisk(t, b.to)
	b.rate = 32 << 20 // slow enough that there are records to see
	var safe int64
	seen := false
	r := b.run(t, func(c *copier, r checkpoint.Record) error {
		switch {
		case r.State == checkpoint.Copying:
			if safe > 4<<20 {
				require.Eventually(t, func() bool { return c.Reread.Load() > 0 }, time.Minute, time.Millisecond)
				seen = true
			}
			safe = r.Offset
		case r.State > checkpoint.Synced:
			require.EqualValues(t, size, c.Reread.Load())
		}
		return nil
	})
	require.NoError(t, r.Err)
	require.True(t, seen)
	require.Equal(t, string(pattern(size)), b.content(t))
	b.nothingLeft(t)
}

// What an earlier run has written is read back too, by whoever goes on with it or
// gives it its name, and one that is not what was read is never seen.
func TestCopyThatIsContinuedIsReadBack(t *testing.T) {
	const size = 8<<20 + 5
	for name, test := range map[string]struct {
		dies   func(checkpoint.Record) bool
		saved  bool  // the record at which it dies
		flip   int64 // the byte that changes meanwhile; negative for none
		resume bool
	}{
		"continued":            {dies: func(r checkpoint.Record) bool { return r.Offset > 3<<20 }, flip: -1, resume: true},
		"continued, wrong":     {dies: func(r checkpoint.Record) bool { return r.Offset > 3<<20 }, flip: 17, resume: true},
		"only to be published": {dies: isSynced, saved: true, flip: -1},
		"published, wrong":     {dies: isSynced, saved: true, flip: size - 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newOneCopy(t, size)
			died := b.run(t, func(_ *copier, r checkpoint.Record) error {
				if !test.dies(r) {
					return nil
				}
				if test.saved {
					require.NoError(t, b.store.Save(t.Context(), r))
				}
				return errDied
			})
			require.ErrorIs(t, died.Err, errDied)
			require.Equal(t, oldContent, b.content(t))
			if test.flip >= 0 {
				flipByte(t, b.temp(t), test.flip)
			}
			r := b.run(t, nil)
			if test.flip < 0 {
				require.NoError(t, r.Err)
				require.Equal(t, test.resume, r.Resumed > 0)
				require.Equal(t, string(pattern(size)), b.content(t))
			} else {
				require.Equal(t, &batch.VerifyError{Path: b.final()}, verifyError(t, r.Err))
				require.Equal(t, oldContent, b.content(t))
			}
			b.nothingLeft(t)
		})
	}
}

func isSynced(r checkpoint.Record) bool { return r.State == checkpoint.Synced }

// flipByte changes a byte, and nothing that a look at the file would tell.
func flipByte(t *testing.T, path string, at int64) {
	t.Helper()
	was, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	p := make([]byte, 1)
	_, err = f.ReadAt(p, at)
	require.NoError(t, err)
	p[0] ^= 1
	_, err = f.WriteAt(p, at)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, os.Chmod(path, was.Mode()))
	require.NoError(t, os.Chtimes(path, was.ModTime(), was.ModTime()))
}

// What cannot be read back is not gone on with: neither the file nor its record stays.
func TestCopyThatCannotBeReadBackIsDropped(t *testing.T) {
	b := newOneCopy(t, 8<<20+5)
	r := b.run(t, func(_ *copier, r checkpoint.Record) error {
		if !isSynced(r) {
			return nil
		}
		return os.Truncate(b.temp(t), r.Offset/2)
	})
	require.ErrorContains(t, r.Err, "read back: ")
	require.ErrorContains(t, r.Err, b.final()+": ends before what was written to it")
	require.Equal(t, oldContent, b.content(t))
	b.nothingLeft(t)
	require.NoError(t, b.run(t, nil).Err)
	require.Equal(t, string(pattern(8<<20+5)), b.content(t))
}

// Told to stop while only the reading back is left, it keeps what it has.
func TestCopyStopsWhileItReadsBack(t *testing.T) {
	const size = 8<<20 + 5
	b := newOneCopy(t, size)
	b.run(t, func(_ *copier, r checkpoint.Record) error {
		if isSynced(r) {
			close(b.stop)
		}
		return nil
	})
	b.stop = nil
	require.Equal(t, oldContent, b.content(t))
	require.Equal(t, checkpoint.Synced, listed(b.store)[0].State)
	require.NoError(t, b.run(t, nil).Err)
	require.Equal(t, string(pattern(size)), b.content(t))
	b.nothingLeft(t)
}

// A process that is short of descriptors for a moment keeps what it has of a copy.
func TestCopyThatCannotBeOpenedForTheMomentIsKept(t *testing.T) {
	const size = 8<<20 + 5
	b := newOneCopy(t, size)
	died := b.run(t, func(_ *copier, r checkpoint.Record) error {
		if r.Offset > 3<<20 {
			return errDied
		}
		return nil
	})
	require.ErrorIs(t, died.Err, errDied)
	offset := listed(b.store)[0].Offset
	short := &shortTree{Tree: b.disk}
	b.disk = short
	r := b.run(t, nil)
	require.NoError(t, r.Err)
	require.True(t, short.once)
	require.Equal(t, offset, r.Resumed)
	b.nothingLeft(t)
}

// shortTree has no descriptor for the first file that is to be read.
type shortTree struct {
	disk.Tree
	once bool
}

func (d *shortTree) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	if name != "." && flag&(os.O_WRONLY|os.O_RDWR) == 0 && !d.once {
		d.once = true
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
	}
	return d.Tree.OpenFile(name, flag, perm)
}

func (d *shortTree) Branch(name string) (disk.Tree, error) {
	if name == "." {
		return d, nil
	}
	return d.Tree.Branch(name)
}
