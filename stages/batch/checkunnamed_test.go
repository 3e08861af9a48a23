package batch_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// unnamed makes a file and its entry in a list that names no algorithm.
func unnamed(t *testing.T, a digest.Algorithm, name string, data []byte) manifest.Entry {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	e := entry(path, manifest.Sum{Value: sumOf(a, string(data))})
	e.Candidates = digest.BySize(a.Size())
	return e
}

// checkFiles checks the files that the entries name, one after another.
func checkFiles(t *testing.T, h *batch.Hashing, entries ...manifest.Entry) (got []batch.Verdict, err error) {
	t.Helper()
	h.Control.SetStreams(1)
	err = batch.Check(t.Context(), pipeline.FromSlice(entries), func(ctx context.Context, e manifest.Entry) (batch.OpenSource, error) {
		return local.Open(ctx, e.Name)
	}, h, func(c batch.Checked) error {
		require.NoError(t, c.Err)
		got = append(got, c.Verdict)
		return nil
	})
	require.Zero(t, h.Control.Pool().Live())
	return got, err
}

// Lists of several algorithms may have been put into one: what the files before
// turned out to be made with is not what all are made with.
func TestCheckListOfSeveralAlgorithms(t *testing.T) {
	wrong := unnamed(t, digest.SHA256, "wrong", []byte("wrong"))
	wrong.Sums[0].Value[0]++
	h := newHashing(t)
	got, err := checkFiles(t, h,
		unnamed(t, digest.SHA256, "a", []byte("a")), unnamed(t, digest.BLAKE3, "b", []byte("b")),
		unnamed(t, digest.BLAKE3, "c", []byte("c")), wrong, unnamed(t, digest.SHA256, "d", []byte("d")))
	require.NoError(t, err)
	require.Equal(t, []batch.Verdict{batch.Matches, batch.Matches, batch.Matches, batch.Differs, batch.Matches}, got)
	require.EqualValues(t, len("abcd")+len("wrong"), h.Arrived.Load(), "what is read twice counts once")
}

// stoppable is larger than what a pool has room for, and so than all chunks that can be
// on their way behind the one whose record stops the batch.
const stoppable = 12 << 20

// stopAfter has the batch stop at the first record from that offset on. That is saved
// beside the reading, which is slow enough not to be over before.
func stopAfter(t *testing.T, h *batch.Hashing, store checkpoint.Store, offset int64) {
	t.Helper()
	require.NoError(t, h.Control.Limiter().Set(pressure.Rates{Bytes: 64 << 20}))
	stop := make(chan struct{})
	h.Stop = stop
	h.Resume.Store = stopping{store, offset, sync.OnceFunc(func() { close(stop) })}
	h.Resume.Marks = stages.Marks{Bytes: 64 << 10, Chunks: 1}
}

type stopping struct {
	checkpoint.Store
	offset int64
	stop   func()
}

func (s stopping) Save(ctx context.Context, r checkpoint.Record) error {
	if r.Offset >= s.offset {
		s.stop()
	}
	return s.Store.Save(ctx, r)
}

// A check continues inside a file whether its algorithm was known when it was
// stopped, is known now, both or neither; and where an earlier run was at another
// algorithm, the verdict is right all the same.
func TestCheckContinuesUnnamed(t *testing.T) {
	small := unnamed(t, digest.BLAKE3, "small", []byte("small"))
	other := unnamed(t, digest.SHA256, "other", []byte("other"))
	big := unnamed(t, digest.BLAKE3, "big", pattern(stoppable))
	broken := unnamed(t, digest.BLAKE3, "broken", pattern(stoppable))
	broken.Sums[0].Value[0]++
	for name, runs := range map[string][2][]manifest.Entry{
		"known then, not now": {{small, big}, {big}},
		"known now, not then": {{big}, {small, big}},
		"never known":         {{big}, {big}},
		"always known":        {{small, big}, {small, big}},
		"another, then":       {{other, big}, {big}},
		"another, now":        {{small, big}, {other, big}},
		"broken":              {{small, broken}, {broken}},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(checkpoint.MemoryStore)
			first := newHashing(t)
			stopAfter(t, first, store, 0)
			_, err := checkFiles(t, first, runs[0]...)
			require.ErrorIs(t, err, stages.ErrStopped)
			require.Len(t, listed(store), 1)

			second := newHashing(t)
			var from int64
			second.Resume = batch.Resume{Store: store, Continued: func(_ string, offset int64) { from = offset }}
			got, err := checkFiles(t, second, runs[1]...)
			require.NoError(t, err)
			want := batch.Matches
			if name == "broken" {
				want = batch.Differs
			}
			require.Equal(t, want, got[len(got)-1])
			require.Positive(t, from, "it was read from its beginning")
			require.Empty(t, listed(store), "what is done is forgotten")
		})
	}
}
