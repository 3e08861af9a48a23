package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// change is what somebody does to a file while it is read.
type change struct {
	do func(path string, size int64, outside string) error
	// after are the versions that there are then, one after another; nil where there is
	// no regular file.
	after func(before []byte) [][]byte
}

// changes are all that may happen. A file is written to in two places, so that a
// reading that has only the second is of no version.
var changes = map[string]change{
	"written": {
		func(path string, size int64, _ string) error {
			return errors.Join(writeAt(path, []byte{'!'}, 0), writeAt(path, []byte{'!'}, size-1))
		},
		func(before []byte) [][]byte {
			first := bytes.Clone(before)
			first[0] = '!'
			both := bytes.Clone(first)
			both[len(both)-1] = '!'
			return [][]byte{first, both}
		},
	},
	"truncated": {
		func(path string, size int64, _ string) error { return os.Truncate(path, size/2) },
		func(before []byte) [][]byte { return [][]byte{before[:len(before)/2]} },
	},
	"appended": {
		func(path string, size int64, _ string) error { return writeAt(path, []byte("more"), size) },
		func(before []byte) [][]byte { return [][]byte{append(bytes.Clone(before), "more"...)} },
	},
	"symbolic link": {do: func(path string, _ int64, outside string) error {
		return replaced(path, func(by string) error { return os.Symlink(filepath.Join(outside, "secret"), by) })
	}},
	"symbolic link to a FIFO": {do: func(path string, _ int64, outside string) error {
		return replaced(path, func(by string) error { return os.Symlink(filepath.Join(outside, "fifo"), by) })
	}},
	"FIFO": {do: func(path string, _ int64, _ string) error {
		return replaced(path, func(by string) error { return unix.Mkfifo(by, 0o600) })
	}},
	"directory": {do: func(path string, _ int64, outside string) error {
		return errors.Join(os.Rename(path, filepath.Join(outside, "moved")), os.Mkdir(path, 0o700))
	}},
}

// A file is read in several pieces, or at once.
const (
	piecesSize = 1<<20 + 100<<10
	onceSize   = 40_000
)

func writeAt(path string, p []byte, offset int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(p, offset)
	return errors.Join(err, f.Close())
}

// replaced puts something else in place of the file, at once.
func replaced(path string, put func(by string) error) error {
	by := path + ".new"
	return errors.Join(put(by), os.Rename(by, path))
}

// place is where a race is run: a directory with the file, one outside of it, and one
// that it is copied to.
type place struct {
	source, outside string
	before          []byte
	m               *machine
}

const secret = "nobody may read this"

func newPlace(t *testing.T, dir string, control *stages.Control, size int) *place {
	t.Helper()
	p := &place{source: filepath.Join(dir, "source"), outside: filepath.Join(dir, "outside"), before: bytes.Repeat([]byte("x"), size)}
	to := filepath.Join(dir, "to")
	for _, d := range []string{p.source, p.outside, to} {
		require.NoError(t, os.RemoveAll(d))
		require.NoError(t, os.Mkdir(d, 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(p.outside, "secret"), []byte(secret), 0o600))
	require.NoError(t, unix.Mkfifo(filepath.Join(p.outside, "fifo"), 0o600))
	require.NoError(t, os.WriteFile(p.file(), p.before, 0o600))
	long := time.Unix(1e9, 0) // so that a clock with coarse ticks shows that it was written to
	require.NoError(t, os.Chtimes(p.file(), long, long))
	p.m = &machine{source: p.source, to: openDisk(t, to), path: to, state: disktest.NewLosing(), control: control}
	return p
}

func (p *place) file() string { return filepath.Join(p.source, "file") }

func (p *place) suffer(c change) error { return c.do(p.file(), int64(len(p.before)), p.outside) }

// sum is one sum of what is there.
func (p *place) sum(t *testing.T, c *stages.Control, store checkpoint.Store) []batch.Summed {
	t.Helper()
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{p.source}})
	require.NoError(t, err)
	defer walk.Close()
	h := &batch.Hashing{Options: batch.Options{Control: c}, Resume: batch.Resume{Store: store, Marks: stages.Marks{Bytes: 1, Chunks: 1}}}
	var results []batch.Summed
	require.NoError(t, batch.Sum(t.Context(), walk.Files, []digest.Algorithm{digest.XXH3}, h, func(r batch.Summed) error {
		results = append(results, r)
		return nil
	}))
	return results
}

// saying is a store that calls first when a record is saved for the first time: the
// file is being read then.
type saying struct {
	checkpoint.Store
	once  sync.Once
	first func()
}

func (s *saying) Save(ctx context.Context, r checkpoint.Record) error {
	s.once.Do(s.first)
	return s.Store.Save(ctx, r)
}

// A file that changes in the middle of being read has no digest and no copy: it is
// reported as changed, nothing of it is kept, and the next run does what is there then.
func TestChangesInTheMiddleAreReported(t *testing.T) {
	for name, change := range changes {
		t.Run("sum "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlace(t, quickDir(t), nil, piecesSize)
				store := new(checkpoint.MemoryStore)
				results := p.sum(t, slowControl(t), &saying{Store: store, first: func() { require.NoError(t, p.suffer(change)) }})
				require.Len(t, results, 1)
				require.ErrorIs(t, results[0].Err, storage.ErrChanged)
				require.Nil(t, results[0].Sums)
				require.Empty(t, listed(store))
				p.checkSummed(t, change, p.sum(t, newControl(t, 0), store), false)
			})
		})
		t.Run("copy "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlace(t, quickDir(t), slowControl(t), piecesSize)
				store := new(checkpoint.MemoryStore)
				p.m.set = func(c *batch.Copying) {
					c.Resume.Marks.Bytes = 1
					c.Resume.Store = &saying{Store: store, first: func() { require.NoError(t, p.suffer(change)) }}
				}
				results, err := process{machine: p.m}.run(t)
				require.NoError(t, err)
				failed := 0
				for _, r := range results {
					if r.Err != nil {
						require.ErrorIs(t, r.Err, storage.ErrChanged)
						failed++
					}
				}
				require.Equal(t, 1, failed)
				require.NoFileExists(t, filepath.Join(p.m.path, "file"))
				require.Empty(t, unfinished(t, p.m.path))
				require.Empty(t, listed(store))
				p.m.control = newControl(t, 0)
				results, err = process{machine: p.m}.run(t)
				require.NoError(t, err)
				p.checkCopied(t, change, results, false)
			})
		})
	}
}

// versions are those that the file may be: the last, or at any time all.
func (p *place) versions(c change, atAnyTime bool) map[string]bool {
	var all [][]byte
	if c.after != nil {
		all = c.after(p.before)
	}
	if atAnyTime {
		all = append(all, p.before)
	} else {
		all = all[max(0, len(all)-1):]
	}
	found := map[string]bool{}
	for _, version := range all {
		found[summary(version)] = true
	}
	return found
}

// checkSummed wants each digest to be that of one version.
func (p *place) checkSummed(t *testing.T, c change, results []batch.Summed, atAnyTime bool) {
	t.Helper()
	for _, r := range results {
		if r.Err == nil {
			require.Contains(t, p.versions(c, atAnyTime), fmt.Sprintf("%d bytes %x", r.Size, r.Sums[0]))
		}
	}
	p.checkOutside(t)
}

func (p *place) checkCopied(t *testing.T, c change, results []batch.CopyResult, atAnyTime bool) {
	t.Helper()
	for name, like := range portrait(t, p.m.path) {
		switch {
		case like.mode.IsRegular():
			require.Contains(t, p.versions(c, atAnyTime), like.content, name)
		case like.mode&fs.ModeSymlink == 0:
			require.True(t, like.mode.IsDir(), "%s is %v", name, like.mode)
		}
	}
	for _, r := range results {
		if r.Err == nil && r.Kind == batch.RegularFile {
			require.FileExists(t, filepath.Join(p.m.path, r.Name))
		}
	}
	require.Empty(t, unfinished(t, p.m.path))
	p.checkOutside(t)
}

func (p *place) checkOutside(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(p.outside, "secret"))
	require.NoError(t, err)
	require.Equal(t, secret, string(content))
}

// races is how many of each kind are run, half of them while it is summed and half while
// it is copied.
func races() int {
	switch {
	case os.Getenv(allFaults) != "":
		return 2000
	case brief():
		return 10
	default:
		return 100
	}
}

// Whenever a file changes while it is summed or copied: what comes of it is one version
// of it, whole, or an error; nothing outside is read or written, and nothing hangs.
func TestChangesAtAnyTime(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, control, reported := quickDir(t), newControl(t, 0), 0
			for n := range races() {
				random := rand.New(rand.NewPCG(uint64(n), 5))
				size, most := piecesSize, 4*time.Millisecond
				if n%4 >= 2 {
					size, most = onceSize, time.Millisecond
				}
				p := newPlace(t, dir, control, size)
				wait := time.Duration(random.Int64N(int64(most)))
				changed := make(chan error, 1)
				go func() {
					time.Sleep(wait)
					changed <- p.suffer(change)
				}()
				if n%2 == 0 {
					results := p.sum(t, control, new(checkpoint.MemoryStore))
					require.NoError(t, <-changed)
					p.checkSummed(t, change, results, true)
					reported += failedSums(results)
				} else {
					results, err := process{machine: p.m}.run(t)
					require.NoError(t, err)
					require.NoError(t, <-changed)
					p.checkCopied(t, change, results, true)
					reported += failedCopies(results)
				}
			}
			t.Logf("%d of %d reported", reported, races())
		})
	}
}

func failedSums(results []batch.Summed) (n int) {
	for _, r := range results {
		if r.Err != nil {
			n++
		}
	}
	return n
}

func failedCopies(results []batch.CopyResult) (n int) {
	for _, r := range results {
		if r.Err != nil {
			n++
		}
	}
	return n
}
