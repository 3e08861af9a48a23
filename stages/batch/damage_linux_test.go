package batch_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// damaged yields content cut at every byte and with every bit flipped, or some of
// these where not all faults are wanted.
func damaged(content []byte) iter.Seq2[string, []byte] {
	step := 1
	if os.Getenv(allFaults) == "" {
		step = 1 + len(content)/30 // and not always the same bit
	}
	return func(yield func(string, []byte) bool) {
		for n := 0; n < len(content); n += step {
			if !yield(fmt.Sprintf("cut to %d bytes", n), slices.Clone(content[:n])) {
				return
			}
		}
		for bit := 0; bit < 8*len(content); bit += max(1, 8*(step-1)+1) {
			flipped := slices.Clone(content)
			flipped[bit/8] ^= 1 << (bit % 8)
			if !yield(fmt.Sprintf("bit %d flipped", bit), flipped) {
				return
			}
		}
	}
}

// only is the one file in d whose name ends so.
func only(t *testing.T, d *disktest.Losing, suffix string) (name string) {
	t.Helper()
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	require.NoError(t, err)
	entries, err := f.ReadDir(-1)
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			require.Empty(t, name)
			name = e.Name()
		}
	}
	require.NotEmpty(t, name)
	return name
}

// write gives the file of that name another content.
func write(t *testing.T, d disk.Directory, name string, content []byte) {
	t.Helper()
	f, err := d.OpenFile(name, os.O_WRONLY, 0)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(0))
	_, err = f.WriteAt(content, 0)
	require.NoError(t, err)
	require.NoError(t, errors.Join(f.Sync(), f.Close()))
}

// A copy that was interrupted, and a job, end well whatever has become of what was
// kept of them: it is not used, or is what it was.
func TestCopyWithDamage(t *testing.T) {
	for name, suffix := range map[string]string{"resumed": ".record", "job": ".journal"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, source, control := scenarios[name], quickDir(t), newControl(t, 0)
			s.fill(t, source)
			var before *losing
			synctest.Test(t, func(t *testing.T) {
				before = losingOf(t, s, source, control)
				s.before(t, before.machine)
				before.checkUsed(t, name)
			})
			file := only(t, before.state, suffix)
			n := 0
			for what, content := range damaged(read(t, before.state, file)) {
				n++
				synctest.Test(t, func(t *testing.T) {
					l := before.powerCut(1) // which is a copy, since all of it was synced
					write(t, l.state, file, content)
					l.finishDamaged(t, what)
				})
			}
			t.Logf("%d kinds of damage", n)
		})
	}
}

// checkUsed wants the next run to use what there is.
func (l *losing) checkUsed(t *testing.T, name string) {
	t.Helper()
	results, err := process{machine: l.powerCut(1).machine}.run(t)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(results, func(r batch.CopyResult) bool {
		return r.Resumed > 0 || r.Outcome == batch.Known
	}), name)
}

func (l *losing) finishDamaged(t *testing.T, what string) {
	t.Helper()
	results, err := process{machine: l.machine}.run(t)
	if errors.Is(err, checkpoint.ErrUnusable) { // of a journal, which says to remove it
		require.NoError(t, checkpoint.RemoveJournal(t.Context(), l.state, "job"))
		results, err = process{machine: l.machine}.run(t)
	}
	require.NoError(t, err, what)
	for _, r := range results {
		require.NoError(t, r.Err, what)
		require.Zero(t, r.Resumed, what)
	}
	require.Equal(t, l.want, l.shown(t), what)
	require.Empty(t, listed(checkpoint.NewFileStore(l.state)), what)
}

// A sum that was interrupted gives the right digest, whatever has become of its record.
func TestSumWithDamage(t *testing.T) {
	s := newSumming(t)
	state := disktest.NewLosing()
	synctest.Test(t, func(t *testing.T) {
		_, err := s.sum(t, checkpoint.NewFileStore(state), slowControl(t), 2)
		require.ErrorIs(t, err, stages.ErrStopped)
	})
	file := only(t, state, ".record")
	for what, content := range damaged(read(t, state, file)) {
		after := state.Crash(1)
		write(t, after, file, content)
		store := checkpoint.NewFileStore(after)
		results, err := s.sum(t, store, s.control, 0)
		require.True(t, s.check(t, results, err, what), "%s: %v", what, err)
		require.Empty(t, listed(store), what)
	}
}
