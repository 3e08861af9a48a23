package checkpointtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
)

// Open makes a store that is empty, and that the test's end removes.
type Open func(t *testing.T) checkpoint.Store

// Store runs the suite on the stores that open makes.
func Store(t *testing.T, open Open) {
	t.Helper()
	t.Run("saves and loads", open.saves)
	t.Run("replaces", open.replaces)
	t.Run("deletes", open.deletes)
	t.Run("any id", open.anyID)
	t.Run("no such id", open.refusesIDs)
	t.Run("lists", open.lists)
	t.Run("shares nothing", open.sharesNothing)
	t.Run("refuses untruth", open.refusesUntruth)
	t.Run("cancelled", open.heedsContext)
	t.Run("at once", open.savesAtOnce)
}

// Record is one that can be saved, of a stream at this offset of 1 MiB.
func Record(stream string, offset int64) checkpoint.Record {
	const size = 1 << 20
	return checkpoint.Record{
		Stream: stream,
		Job:    "job",
		Source: checkpoint.File{
			Path:     "/from/" + stream,
			Identity: checkpoint.Identity{Device: 1, Inode: 2, Size: size, ModTime: 3, ChangeTime: 4},
		},
		Destination: "/to/" + stream,
		Temp: checkpoint.File{
			Path:     "name.tmp",
			Identity: checkpoint.Identity{Device: 5, Inode: 6, Size: offset, ModTime: 7, ChangeTime: 8},
		},
		Offset:  offset,
		Chunk:   offset / 4096,
		Digests: []checkpoint.DigestState{{Algorithm: "SHA256", State: fmt.Append(nil, offset)}},
		Time:    time.Date(2026, 1, 1, 0, 0, 0, int(offset), time.UTC),
	}
}

func (open Open) saves(t *testing.T) {
	s := open(t)
	_, err := s.Load(t.Context(), "a")
	require.ErrorIs(t, err, checkpoint.ErrNotFound)
	require.NotErrorIs(t, err, checkpoint.ErrUnusable)
	for _, state := range []checkpoint.State{checkpoint.Copying, checkpoint.Synced, checkpoint.Renamed, checkpoint.Done} {
		r := Record("a", 1<<20)
		r.State = state
		require.NoError(t, s.Save(t.Context(), r))
		got, err := s.Load(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
}

func (open Open) replaces(t *testing.T) {
	s := open(t)
	for offset := range int64(20) {
		require.NoError(t, s.Save(t.Context(), Record("a", offset)))
		require.NoError(t, s.Save(t.Context(), Record("b", 100+offset)))
	}
	require.Equal(t, map[string]int64{"a": 19, "b": 119}, listed(t, s))
}

func (open Open) deletes(t *testing.T) {
	s := open(t)
	require.NoError(t, s.Save(t.Context(), Record("a", 1)))
	require.NoError(t, s.Save(t.Context(), Record("b", 2)))
	for range 2 { // the second time there is none
		require.NoError(t, s.Delete(t.Context(), "a"))
		_, err := s.Load(t.Context(), "a")
		require.ErrorIs(t, err, checkpoint.ErrNotFound)
	}
	require.Equal(t, map[string]int64{"b": 2}, listed(t, s))
	require.NoError(t, s.Save(t.Context(), Record("a", 3)))
	require.Equal(t, map[string]int64{"a": 3, "b": 2}, listed(t, s))
}

// anyID has ids that would be trouble as names of files, or in text.
func (open Open) anyID(t *testing.T) {
	s := open(t)
	ids := []string{
		"a", "A", ".", "..", "../a", "/a", "a/b", `a\b`, "a\x00", "a\n", " a", "a ", "%41", "a%", "\xff", "\xfe", "\ufffd", "nul", "COM1",
		strings.Repeat("x", 300), strings.Repeat("é", checkpoint.MaxID/2),
	}
	want := map[string]int64{}
	for i, id := range ids {
		want[id] = int64(i)
		require.NoError(t, s.Save(t.Context(), Record(id, int64(i))), "%q", id)
	}
	require.Equal(t, want, listed(t, s))
	for _, id := range ids {
		r, err := s.Load(t.Context(), id)
		require.NoError(t, err, "%q", id)
		require.Equal(t, Record(id, want[id]), r)
		require.NoError(t, s.Delete(t.Context(), id), "%q", id)
	}
	require.Empty(t, listed(t, s))
}

func (open Open) refusesIDs(t *testing.T) {
	s := open(t)
	for _, id := range []string{"", strings.Repeat("x", checkpoint.MaxID+1)} {
		_, err := s.Load(t.Context(), id)
		require.Error(t, err)
		require.NotErrorIs(t, err, checkpoint.ErrNotFound, "it is a mistake, and not a stream that has not begun")
		require.Error(t, s.Save(t.Context(), Record(id, 1)))
		require.Error(t, s.Delete(t.Context(), id))
	}
	require.Empty(t, listed(t, s))
}

func (open Open) lists(t *testing.T) {
	s := open(t)
	require.Empty(t, listed(t, s))
	want := map[string]int64{}
	for i := range int64(140) { // more than a directory is read at once
		id := fmt.Sprint(i)
		want[id] = i
		require.NoError(t, s.Save(t.Context(), Record(id, i)))
	}
	require.Equal(t, want, listed(t, s))
	n := 0
	for _, err := range s.List(t.Context()) {
		require.NoError(t, err)
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
	for r, err := range s.List(t.Context()) { // which holds nothing that Delete needs
		require.NoError(t, err)
		require.NoError(t, s.Delete(t.Context(), r.Stream))
	}
}

func (open Open) sharesNothing(t *testing.T) {
	s := open(t)
	r := Record("a", 1)
	require.NoError(t, s.Save(t.Context(), r))
	r.Digests[0].State[0]++
	for range 2 {
		got, err := s.Load(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, Record("a", 1), got)
		got.Digests[0].State[0]++
	}
}

// refusesUntruth keeps the old record where the new one is refused.
func (open Open) refusesUntruth(t *testing.T) {
	s := open(t)
	require.NoError(t, s.Save(t.Context(), Record("a", 1)))
	ahead := Record("a", 2)
	ahead.Temp.Identity.Size = 1
	require.Error(t, s.Save(t.Context(), ahead))
	large := Record("a", 2)
	large.Digests[0].State = make([]byte, checkpoint.MaxSize)
	require.ErrorIs(t, s.Save(t.Context(), large), checkpoint.ErrTooLarge)
	require.Equal(t, map[string]int64{"a": 1}, listed(t, s))
}

func (open Open) heedsContext(t *testing.T) {
	s := open(t)
	require.NoError(t, s.Save(t.Context(), Record("a", 1)))
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err := s.Load(ctx, "a")
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, s.Save(ctx, Record("a", 2)), why)
	require.ErrorIs(t, s.Delete(ctx, "a"), why)
	n := 0
	for _, err := range s.List(ctx) {
		require.ErrorIs(t, err, why)
		n++
	}
	require.Equal(t, 1, n, "it is the last of the loop")
	require.Equal(t, map[string]int64{"a": 1}, listed(t, s))
}

func (open Open) savesAtOnce(t *testing.T) {
	s := open(t)
	var all sync.WaitGroup
	errs := make([]error, 8)
	want := map[string]int64{}
	for i := range errs {
		id := fmt.Sprint(i)
		want[id] = 9
		all.Go(func() {
			for offset := range int64(10) {
				errs[i] = errors.Join(errs[i], s.Save(t.Context(), Record(id, offset)))
				r, err := s.Load(t.Context(), id)
				if errs[i] = errors.Join(errs[i], err); r.Offset != offset {
					errs[i] = errors.Join(errs[i], fmt.Errorf("loaded offset %d after saving %d", r.Offset, offset))
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, want, listed(t, s))
}

// listed are the offsets of all records, by stream; each must be what was saved.
func listed(t *testing.T, s checkpoint.Store) map[string]int64 {
	t.Helper()
	offsets := map[string]int64{}
	for r, err := range s.List(t.Context()) {
		require.NoError(t, err)
		require.NotContains(t, offsets, r.Stream)
		offsets[r.Stream] = r.Offset
	}
	return offsets
}
