package batch_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
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

// checkFiles checks the files that the entries name, one after another. Where the
// batch can be stopped, they give no more than their beginning before it is.
func checkFiles(t *testing.T, h *batch.Hashing, entries ...manifest.Entry) (got []batch.Verdict, err error) {
	t.Helper()
	h.Control.SetStreams(1)
	err = batch.Check(t.Context(), pipeline.FromSlice(entries), func(ctx context.Context, e manifest.Entry) (batch.OpenSource, error) {
		f, err := local.Open(ctx, e.Name)
		if err != nil || h.Stop == nil {
			return f, err
		}
		return halting{f, h.Stop}, nil
	}, h, func(c batch.Checked) error {
		require.NoError(t, c.Err)
		got = append(got, c.Verdict)
		return nil
	})
	require.Zero(t, h.Control.Pool().Live())
	return got, err
}

// halting is a file of which nothing behind the beginning is read before stop is
// closed.
type halting struct {
	*local.File
	stop <-chan struct{}
}

const beginning = 4 << 20

func (f halting) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= beginning {
		<-f.stop
	}
	return f.File.ReadAt(p, offset)
}

func (f halting) OpenAt(ctx context.Context, offset int64) (io.ReadCloser, error) {
	body, err := f.File.OpenAt(ctx, offset)
	if err != nil {
		return nil, err
	}
	first := io.LimitReader(body, beginning-offset)
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(first, waiting{body, f.stop}), body}, nil
}

// waiting is a reader that begins when stop is closed.
type waiting struct {
	io.Reader
	stop <-chan struct{}
}

func (w waiting) Read(p []byte) (int, error) {
	<-w.stop
	return w.Reader.Read(p)
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

// stopping is a store that tells the batch to stop when it is given a record.
type stopping struct {
	checkpoint.Store
	stop func()
}

func (s stopping) Save(ctx context.Context, r checkpoint.Record) error {
	s.stop()
	return s.Store.Save(ctx, r)
}

// A check continues inside a file whether its algorithm was known when it was
// stopped, is known now, both or neither; and where an earlier run was at another
// algorithm, the verdict is right all the same.
func TestCheckContinuesUnnamed(t *testing.T) {
	small := unnamed(t, digest.BLAKE3, "small", []byte("small"))
	other := unnamed(t, digest.SHA256, "other", []byte("other"))
	big := unnamed(t, digest.BLAKE3, "big", pattern(16<<20))
	broken := unnamed(t, digest.BLAKE3, "broken", pattern(16<<20))
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
			stop := make(chan struct{})
			first.Stop = stop
			first.Resume = batch.Resume{
				Store: stopping{store, sync.OnceFunc(func() { close(stop) })},
				Marks: stages.Marks{Bytes: 64 << 10, Chunks: 1},
			}
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
