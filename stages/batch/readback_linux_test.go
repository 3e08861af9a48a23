package batch_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
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

// A byte that is not what was read is found, wherever it is, and such a copy never
// stays; only who did not ask is not told.
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
			source := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(source, pattern(int(test.size)), 0o600))
			to := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(to, "file"), []byte(oldContent), 0o600))
			c := newCopier(t, to)
			c.Verify = test.verify
			c.Resume.Marks = stages.Marks{Bytes: 1 << 20, Chunks: 1}
			target, err := local.NewTarget(lyingTree{openDisk(t, to), test.at}, to)
			require.NoError(t, err)
			c.Target = target
			results, err := c.copy(t, source)
			require.NoError(t, err)
			if test.verify == batch.VerifyNone {
				require.NoError(t, results[0].Err)
				return
			}
			var wrong *batch.VerifyError
			require.ErrorAs(t, results[0].Err, &wrong)
			require.Equal(t, &batch.VerifyError{Path: filepath.Join(to, "file"), Removed: true}, wrong)
			require.Empty(t, listed(c.Resume.Store), "nobody goes on with it")
			names, err := filepath.Glob(filepath.Join(to, "*"))
			require.NoError(t, err)
			hidden, err := filepath.Glob(filepath.Join(to, local.TempPattern))
			require.NoError(t, err)
			require.Empty(t, hidden)
			if test.size == large { // it was found out before the copy had its name
				require.Equal(t, []string{filepath.Join(to, "file")}, names)
				content, err := os.ReadFile(names[0])
				require.NoError(t, err)
				require.Equal(t, oldContent, string(content))
			} else {
				require.Empty(t, names)
			}
		})
	}
}

// rereads notes how much had been read back when each record was saved.
type rereads struct {
	checkpoint.Store
	c    *batch.Copying
	seen []int64
}

func (s *rereads) Save(ctx context.Context, r checkpoint.Record) error {
	s.seen = append(s.seen, s.c.Reread.Load())
	return s.Store.Save(ctx, r)
}

// A large copy is read back while the rest of it is written, from its very beginning,
// wherever it is continued.
func TestCopyIsReadBackWhileItIsWritten(t *testing.T) {
	const size = 64<<20 + 5
	source := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(source, pattern(size), 0o600))
	to := t.TempDir()
	store := new(checkpoint.MemoryStore)
	run := func(stopAt int) (*copier, *rereads, []batch.CopyResult, error) {
		c := newCopier(t, to)
		c.Algorithms = []digest.Algorithm{digest.XXH3}
		c.Verify = batch.VerifyCache
		c.Resume.Marks = stages.Marks{Bytes: 4 << 20, Chunks: 1}
		seen := &rereads{Store: store, c: c.Copying}
		c.Resume.Store = seen
		stop := make(chan struct{})
		c.Stop = stop
		if stopAt > 0 {
			c.Resume.Store = &closingAfter{Store: seen, stop: stop, left: stopAt}
		}
		results, err := c.copy(t, source)
		return c, seen, results, err
	}
	_, _, _, err := run(1)
	require.ErrorIs(t, err, stages.ErrStopped)
	offset := listed(store)[0].Offset
	require.Positive(t, offset)

	c, seen, results, err := run(0)
	require.NoError(t, err)
	require.NoError(t, results[0].Err)
	require.Equal(t, offset, results[0].Resumed)
	require.EqualValues(t, size, c.Reread.Load(), "once, and all of it")
	last := seen.seen[len(seen.seen)-1]
	require.EqualValues(t, size, last, "before it was published")
	require.Positive(t, seen.seen[len(seen.seen)-4], "before it was written: %v", seen.seen)
}
