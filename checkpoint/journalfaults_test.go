package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// progress is how far a job came with its journal.
type progress struct{ appended, synced int }

// journalTwice is a job in two processes: it appends half of the entries, opens
// the journal again, and appends the rest, with a sync after every second one.
func journalTwice(ctx context.Context, d disk.Directory, entries []checkpoint.Entry) (p progress, err error) {
	for _, part := range [][]checkpoint.Entry{entries[:len(entries)/2], entries[len(entries)/2:]} {
		if err := p.journal(ctx, d, part); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *progress) journal(ctx context.Context, d disk.Directory, entries []checkpoint.Entry) (err error) {
	j, err := checkpoint.OpenJournal(ctx, d, "job")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	for i, e := range entries {
		if err := j.Append(ctx, e); err != nil {
			return err
		}
		p.appended++
		if i%2 == 1 {
			if err := j.Sync(ctx); err != nil {
				return err
			}
			p.synced = p.appended
		}
	}
	return nil
}

// Whatever call fails, the caller is told, no file is synced again, and what the
// next process reads begins with all that was appended without an error.
func TestJournalFailsAtEveryCall(t *testing.T) {
	entries := someEntries(8)
	for extent := range extents {
		for _, fault := range faults {
			for _, lasting := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v, %s of it, lasting %v", fault, extent, lasting), func(t *testing.T) {
					fails := func() *disktest.Failing {
						return &disktest.Failing{Err: fault, Extent: extents[extent], Lasting: lasting}
					}
					everyCall(t, fails, func(failing *disktest.Failing) {
						d := disktest.NewLosing()
						p, err := journalTwice(t.Context(), failing.Wrap(d), entries)
						if !failing.Hit() {
							require.NoError(t, err)
							return
						}
						failed := failing.Calls()[failing.At-1]
						if strings.HasPrefix(failed, "sync") {
							require.NotContains(t, failing.Calls()[failing.At:], failed)
						}
						got := entriesOf(t, openJournal(t, d, "job"))
						require.GreaterOrEqual(t, len(got), p.appended, failed)
						require.Equal(t, append([]checkpoint.Entry(nil), entries[:len(got)]...), got, failed)
						require.ErrorIs(t, err, fault, failed)
					})
				})
			}
		}
	}
}

// Reading says what the disk said, and never that there are no more entries.
func TestJournalReadFailsAtEveryCall(t *testing.T) {
	entries := someEntries(2000) // more than are read at once
	content := journalOf("job", entries...)
	for extent := range extents {
		fails := func() *disktest.Failing { return &disktest.Failing{Err: syscall.EIO, Extent: extents[extent]} }
		everyCall(t, fails, func(failing *disktest.Failing) {
			n, err := 0, error(nil)
			j, err := checkpoint.OpenJournal(t.Context(), failing.Wrap(on(t, content)), "job")
			if err == nil {
				require.Zero(t, j.Dropped())
				for e, failed := range j.Entries(t.Context()) {
					if err = failed; err == nil {
						require.Equal(t, entries[n], e)
						n++
					}
				}
			}
			if failing.Hit() && err != nil {
				require.ErrorIs(t, err, syscall.EIO)
				return
			}
			require.NoError(t, err)
			require.Len(t, entries, n, "the error came with all that there was to read")
		})
	}
}

// After a power cut at any call the journal begins with all that was synced, and
// ends before anything that was not appended; and it goes on from there.
func TestJournalSurvivesPowerCuts(t *testing.T) {
	entries := someEntries(8)
	fails := func() *disktest.Failing {
		return &disktest.Failing{Err: errors.New("power cut"), Extent: disktest.Whole, Lasting: true}
	}
	dropped := 0
	everyCall(t, fails, func(failing *disktest.Failing) {
		d := disktest.NewLosing()
		p, _ := journalTwice(t.Context(), failing.Wrap(d), entries)
		for seed := range uint64(100) {
			after := d.Crash(seed)
			j, err := checkpoint.OpenJournal(t.Context(), after, "job")
			require.NoError(t, err, "call %d, seed %d: a journal is never half begun", failing.At, seed)
			if j.Dropped() > 0 {
				dropped++
			}
			got := entriesOf(t, j)
			require.GreaterOrEqual(t, len(got), p.synced, "call %d, seed %d", failing.At, seed)
			require.LessOrEqual(t, len(got), p.appended+1)
			require.Equal(t, append([]checkpoint.Entry(nil), entries[:len(got)]...), got)

			if seed >= 20 {
				continue
			}
			appendAll(t, j, entries[len(got):]...)
			for seed := range uint64(2) {
				again := openJournal(t, after.Crash(seed), "job")
				require.Zero(t, again.Dropped())
				require.Equal(t, entries, entriesOf(t, again))
			}
		}
	})
	require.Greater(t, dropped, 100, "there was nothing to cut off")
}

// The second sync would say nil.
func TestJournalStopsAfterFailedSync(t *testing.T) {
	failing := &disktest.Failing{Err: syscall.EIO}
	j := openJournal(t, failing.Wrap(disktest.NewLosing()), "job")
	require.NoError(t, j.Append(t.Context(), someEntries(1)[0]))
	failing.At = len(failing.Calls()) + 1
	require.ErrorIs(t, j.Sync(t.Context()), syscall.EIO)
	n := len(failing.Calls())
	for _, err := range []error{j.Sync(t.Context()), j.Append(t.Context(), someEntries(1)[0])} {
		require.ErrorIs(t, err, syscall.EIO)
		require.ErrorContains(t, err, "an earlier write or sync went wrong")
	}
	require.Len(t, failing.Calls(), n)
	require.NoError(t, j.Close())
}

// A process that was killed after it made the journal may not have made its name
// last; the next one does.
func TestJournalNameLasts(t *testing.T) {
	d := disktest.NewLosing()
	failing := &disktest.Failing{}
	_ = openJournal(t, failing.Wrap(d), "job")
	opening := len(failing.Calls())
	killed := &disktest.Failing{Lasting: true, Err: errors.New("killed"), At: slices.Index(failing.Calls(), "open .") + 1}
	require.Positive(t, opening)
	d = disktest.NewLosing()
	_, err := checkpoint.OpenJournal(t.Context(), killed.Wrap(d), "job")
	require.ErrorIs(t, err, killed.Err)
	j := openJournal(t, d, "job")
	appendAll(t, j, someEntries(1)...)
	for seed := range uint64(50) {
		require.Len(t, entriesOf(t, openJournal(t, d.Crash(seed), "job")), 1)
	}
}
