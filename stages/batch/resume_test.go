package batch_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// interrupted sums the files until so many bytes have been read, and returns the
// results of those that were finished by then.
func interrupted(t require.TestingT, h *batch.Hashing, paths []string, after int64, a ...digest.Algorithm) ([]batch.Summed, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	h.Resume.Marks = stages.Marks{Bytes: 64 << 10, Chunks: 1}
	stop := make(chan struct{})
	h.Stop = stop
	go func() {
		for h.Arrived.Load() < after && ctx.Err() == nil {
		}
		close(stop)
	}()
	return sumPaths(ctx, t, h, paths, a...)
}

// summed is what became of one file.
func summed(t *testing.T, h *batch.Hashing, path string) ([]batch.Summed, error) {
	t.Helper()
	return sumPaths(t.Context(), t, h, []string{path}, digest.SHA256)
}

func sumPaths(ctx context.Context, t require.TestingT, h *batch.Hashing, paths []string, a ...digest.Algorithm) (results []batch.Summed, err error) {
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: paths})
	require.NoError(t, err)
	defer walk.Close()
	err = batch.Sum(ctx, walk.Files, a, h, func(r batch.Summed) error {
		results = append(results, r)
		return nil
	})
	return results, err
}

// However often a batch is stopped, wherever that is: each time it continues where
// it was, and at the end every digest is right and nothing is kept.
func TestSumContinuesWhereItWasStopped(t *testing.T) {
	dir := t.TempDir()
	want := map[string][]byte{}
	var paths []string
	for i, n := range []int{100, 3<<20 + 17, 6 << 20, 1 << 20} {
		data := pattern(n)
		path := filepath.Join(dir, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(path, data, 0o600))
		h := digest.SHA256.New()
		h.Write(data)
		want[path] = h.Sum(nil)
		paths = append(paths, path)
	}
	rapid.Check(t, func(rt *rapid.T) {
		store := new(checkpoint.MemoryStore)
		a := []digest.Algorithm{digest.SHA256}
		if rapid.Bool().Draw(rt, "two digests") {
			a = append(a, digest.BLAKE3)
		}
		for stops := 0; ; stops++ {
			h := newHashing(t)
			h.Resume.Store = store
			after := int64(1 << 40)
			if stops < 20 {
				after = rapid.Int64Range(1, 6<<20).Draw(rt, "stop after")
			}
			results, err := interrupted(rt, h, paths, after, a...)
			for i, r := range results {
				require.NoError(rt, r.Err)
				require.Equal(rt, paths[i], r.Path)
				require.Equal(rt, want[r.Path], r.Sums[0])
			}
			require.Zero(rt, h.Control.Pool().Live())
			if err == nil {
				break
			}
			require.ErrorIs(rt, err, stages.ErrStopped)
		}
		require.Empty(rt, listed(store))
	})
}

// What an earlier run has hashed is not read again.
func TestSumReadsNothingTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big")
	require.NoError(t, os.WriteFile(path, pattern(3*stoppable), 0o600))
	store := new(checkpoint.MemoryStore)
	var read int64
	for range 3 {
		h := newHashing(t)
		stopAfter(t, h, store, read+8<<20)
		var from int64
		h.Resume.Continued = func(_ string, offset int64) { from = offset }
		_, err := summed(t, h, path)
		require.ErrorIs(t, err, stages.ErrStopped)
		require.Equal(t, read, from, "it goes on where the last one ended")
		read += h.Arrived.Load()
	}
	require.GreaterOrEqual(t, read, int64(24<<20))
}

// A state that cannot be used is told of, and never used.
func TestSumIgnoresStatesThatCannotBeUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big")
	require.NoError(t, os.WriteFile(path, pattern(stoppable), 0o600))
	want := sumAll(t, newHashing(t), batch.WalkOptions{Paths: []string{path}}, digest.SHA256)[0].Sums
	for name, spoil := range map[string]func(*checkpoint.Record){
		"another version of the file": func(r *checkpoint.Record) { r.Source.Identity.ChangeTime++ },
		"a state that is none":        func(r *checkpoint.Record) { r.Digests[0].State = []byte("nonsense") },
		"a state of other digests":    func(r *checkpoint.Record) { r.Digests[0].Algorithm = "md5" },
		"no state":                    func(r *checkpoint.Record) { r.Digests = nil },
	} {
		t.Run(name, func(t *testing.T) {
			store := new(checkpoint.MemoryStore)
			h := newHashing(t)
			stopAfter(t, h, store, 0)
			_, err := summed(t, h, path)
			require.ErrorIs(t, err, stages.ErrStopped)
			for _, r := range listed(store) {
				spoil(&r)
				require.NoError(t, store.Save(t.Context(), r))
			}
			again := newHashing(t)
			again.Resume = batch.Resume{Store: store, Continued: func(string, int64) { t.Error("it was used") }}
			got := sumAll(t, again, batch.WalkOptions{Paths: []string{path}}, digest.SHA256)
			require.NoError(t, got[0].Err)
			require.Equal(t, want, got[0].Sums)
			require.Empty(t, listed(store))
		})
	}
}

// listed are the records that are left.
func listed(s checkpoint.Store) (records []checkpoint.Record) {
	for r, err := range s.List(context.Background()) {
		if err == nil {
			records = append(records, r)
		}
	}
	return records
}

// A store that fails ends the file, not the batch.
func TestSumWithAStoreThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big")
	require.NoError(t, os.WriteFile(path, pattern(8<<20), 0o600))
	full := errors.New("no space left on device")
	h := newHashing(t)
	h.Resume = batch.Resume{Store: fullStore{full}, Marks: stages.Marks{Bytes: 1, Chunks: 1}}
	got := sumAll(t, h, batch.WalkOptions{Paths: []string{path}}, digest.SHA256)
	require.ErrorIs(t, got[0].Err, full)
}

type fullStore struct{ err error }

func (fullStore) Load(context.Context, string) (checkpoint.Record, error) {
	return checkpoint.Record{}, checkpoint.ErrNotFound
}
func (s fullStore) Save(context.Context, checkpoint.Record) error { return s.err }
func (fullStore) Delete(context.Context, string) error            { return nil }
func (fullStore) List(context.Context) iter.Seq2[checkpoint.Record, error] {
	return nil
}

func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	return data
}
