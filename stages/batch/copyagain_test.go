package batch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// cutting is a store that saves its second record of this state or a later one, and
// then is as if the power had gone: nothing can be saved or deleted any more.
type cutting struct {
	checkpoint.Store
	at    checkpoint.State
	saved int
	off   bool
}

var errNoPower = errors.New("no power")

func (c *cutting) Save(ctx context.Context, r checkpoint.Record) error {
	if c.off {
		return errNoPower
	}
	if err := c.Store.Save(ctx, r); err != nil {
		return err
	}
	c.saved++
	if c.off = r.State >= c.at && c.saved > 1; c.off {
		return errNoPower
	}
	return nil
}

func (c *cutting) Delete(ctx context.Context, stream string) error {
	if c.off {
		return errNoPower
	}
	return c.Store.Delete(ctx, stream)
}

// A copy goes on from every state that its record can be in, without reading again
// what is done, and leaves nothing behind.
func TestCopyGoesOnFromEveryState(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 512<<10)
	for _, state := range []checkpoint.State{checkpoint.Copying, checkpoint.Synced, checkpoint.Renamed, checkpoint.Done} {
		t.Run(state.String(), func(t *testing.T) {
			from, to := filepath.Join(t.TempDir(), "large"), t.TempDir()
			require.NoError(t, os.WriteFile(from, content, 0o600))
			store := new(checkpoint.MemoryStore)
			run := func(store checkpoint.Store, again bool) (*copier, batch.CopyResult) {
				c := newCopier(t, to)
				c.Job, c.Again = "job1", again
				c.Resume = batch.Resume{Store: store, Marks: stages.Marks{Bytes: 1 << 20, Chunks: 1}}
				require.NoError(t, c.Control.Limiter().Set(pressure.Rates{Bytes: 16 << 20})) // there is time for several records
				results, err := c.copy(t, from)
				require.NoError(t, err)
				require.Len(t, results, 1)
				return c, results[0]
			}
			_, r := run(&cutting{Store: store, at: state}, false)
			require.ErrorIs(t, r.Err, errNoPower)
			require.Len(t, listed(store), 1)

			c, r := run(store, true)
			require.NoError(t, r.Err)
			require.Equal(t, batch.Copied, r.Outcome)
			switch {
			case state == checkpoint.Copying:
				require.Positive(t, r.Resumed)
				require.EqualValues(t, len(content), r.Resumed+c.Arrived.Load())
			default:
				require.Zero(t, c.Arrived.Load())
			}
			got, err := os.ReadFile(filepath.Join(to, "large"))
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
			require.Len(t, tree(t, to), 2, "the directory and the file")
			require.Empty(t, listed(store))
		})
	}
}

// What was done in an earlier run stays done, also under its other names.
func TestCopyOfHardLinksAgain(t *testing.T) {
	root, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	sumOfA := sha256.Sum256([]byte("a"))
	require.NoError(t, os.WriteFile(filepath.Join(root, "a"), []byte("a"), 0o600))
	for _, name := range []string{"b", "c"} {
		require.NoError(t, os.Link(filepath.Join(root, "a"), filepath.Join(root, name)))
	}
	state, err := disk.Make(t.TempDir(), 0o700)
	require.NoError(t, err)
	defer func() { _ = state.Close() }()
	run := func(update bool) map[string]batch.Outcome {
		journal, err := checkpoint.OpenJournal(t.Context(), state, "job1")
		require.NoError(t, err)
		defer func() { _ = journal.Close() }()
		c := newCopier(t, to)
		c.Job, c.HardLinks, c.Update, c.Journal = "job1", true, update, journal
		if update {
			c.Journal = nil
		}
		results, err := c.copy(t, root)
		require.NoError(t, err)
		outcomes := map[string]batch.Outcome{}
		for _, r := range results {
			require.NoError(t, r.Err, r.Path)
			outcomes[r.Name] = r.Outcome
			if r.Kind == batch.RegularFile && !update { // what is left alone is not read
				require.Equal(t, [][]byte{sumOfA[:]}, r.Sums, r.Name)
				require.EqualValues(t, 1, r.Size)
			}
		}
		return outcomes
	}
	for outcome, update := range map[batch.Outcome]bool{batch.Copied: false, batch.Known: false, batch.UpToDate: true} {
		if outcome != batch.Copied {
			run(false) // whatever the order, it was copied before
		} else {
			require.NoError(t, os.RemoveAll(to))
			require.NoError(t, checkpoint.RemoveJournal(t.Context(), state, "job1"))
		}
		got := run(update)
		require.Equal(t, map[string]batch.Outcome{".": batch.Made, "a": outcome, "b": batch.Linked, "c": batch.Linked}, got)
		var first os.FileInfo
		for _, name := range []string{"a", "b", "c"} {
			info, err := os.Stat(filepath.Join(to, name))
			require.NoError(t, err)
			if first == nil {
				first = info
			}
			require.True(t, os.SameFile(first, info), name)
		}
	}
}

// What the run itself has not finished is not swept, whatever is copied beside it.
func TestCopySweepsNothingOfItsOwn(t *testing.T) {
	root, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"a", "dir/file", "b"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(name), 0o600))
	}
	c := newCopier(t, to)
	c.Job, c.Again = "job1", true
	c.Place = func(f batch.File) string {
		if filepath.Base(f.Path) == "b" { // after a was begun, and before its group is committed
			require.Eventually(t, func() bool { return c.Arrived.Load() > 0 }, time.Minute, time.Millisecond)
		}
		rel, err := filepath.Rel(root, f.Path)
		require.NoError(t, err)
		return rel
	}
	results, err := c.copy(t, filepath.Join(root, "a"), filepath.Join(root, "dir"), filepath.Join(root, "b"))
	require.NoError(t, err)
	for _, r := range results {
		require.NoError(t, r.Err, r.Path)
	}
	require.Len(t, tree(t, to), 5)
}

// What a run that was killed has left unfinished goes when the job is run again, in
// the directories that it comes to.
func TestCopySweeps(t *testing.T) {
	root, _ := writeTree(t)
	to := filepath.Join(t.TempDir(), "to")
	c := newCopier(t, to)
	c.Job = "job1"
	_, err := c.copy(t, root)
	require.NoError(t, err)
	want := tree(t, to)
	for _, dir := range []string{"", "dir0"} {
		require.NoError(t, os.WriteFile(filepath.Join(to, dir, ".penstock-job1-X.tmp"), nil, 0o600))
	}
	again := newCopier(t, to)
	again.Job, again.Again = "job1", true
	_, err = again.copy(t, root)
	require.NoError(t, err)
	require.Equal(t, want, tree(t, to))
}
