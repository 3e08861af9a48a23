package stages_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// memory is a source in memory that lies as it is told to.
type memory struct {
	data  []byte
	size  int64 // what it says before
	after int64 // and afterwards
	wrap  func(io.Reader) io.Reader
}

func newMemory(data []byte) *memory {
	return &memory{data: data, size: int64(len(data)), after: int64(len(data))}
}

func (m *memory) Size() int64                 { return m.size }
func (m *memory) Opened() checkpoint.Identity { return checkpoint.Identity{Size: m.size} }

func (m *memory) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Size: m.after}, nil
}

func (m *memory) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	r := io.Reader(bytes.NewReader(m.data[offset:]))
	if m.wrap != nil {
		r = m.wrap(r)
	}
	return io.NopCloser(r), nil
}

// random is a memory that can be read at any offset, which lets tree hashes
// run in subtrees.
type random struct{ *memory }

func (r random) ReadAt(p []byte, offset int64) (int, error) {
	return bytes.NewReader(r.data).ReadAt(p, offset)
}

func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	return data
}

// sizes crosses the boundaries of a chunk, of the streaming trigger and of a
// subtree.
func sizes() []int {
	var list []int
	for _, n := range []int{0, 4 << 10, 256 << 10, stages.StreamingTrigger, 3 * stages.StreamingTrigger} {
		list = append(list, max(n-1, 0), n, n+1, n+n/2+17)
	}
	return list
}

func TestTransferComputesTheDigests(t *testing.T) {
	for _, n := range sizes() {
		for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
			for _, src := range []storage.Source{newMemory(pattern(n)), random{newMemory(pattern(n))}} {
				t.Run(fmt.Sprintf("%d bytes %v %T", n, a, src), func(t *testing.T) {
					pool, set := stages.NewPool(0), digest.NewSet(a)
					var arrived int
					err := stages.Transfer{
						Source: src, Set: set, Pool: pool, Workers: 3, Arrived: func(n int) { arrived += n },
					}.Run(t.Context())
					require.NoError(t, err)
					require.Equal(t, sumOf(a, pattern(n)), set.Sums()[0])
					require.Equal(t, n, arrived)
					require.Zero(t, pool.Live())
				})
			}
		}
	}
}

func TestTransferNamesAllThatIsMissing(t *testing.T) {
	src, set, pool := newMemory(pattern(1)), digest.NewSet(digest.CRC32C), stages.NewPool(0)
	require.EqualError(t, stages.Transfer{}.Run(t.Context()), "stages: Transfer has no Source to read\n"+
		"stages: Transfer has no Set of digests\n"+
		"stages: Transfer has neither a Control nor a Pool to take memory from")
	require.ErrorContains(t, stages.Transfer{Set: set, Pool: pool}.Run(t.Context()), "no Source")
	require.ErrorContains(t, stages.Transfer{Source: src, Pool: pool}.Run(t.Context()), "no Set")
	require.ErrorContains(t, stages.Transfer{Source: src, Set: set}.Run(t.Context()), "neither a Control nor a Pool")
	require.NoError(t, stages.Transfer{Source: src, Set: set, Pool: pool}.Run(t.Context()))
	require.NoError(t, stages.Transfer{Source: src, Set: set, Control: newMachine(t, stages.ControlOptions{}).Control}.Run(t.Context()))
}

func sumOf(a digest.Algorithm, data []byte) []byte {
	h := a.New()
	h.Write(data)
	return h.Sum(nil)
}

// A transfer begun in the middle, with the digests' state of what stands before,
// ends as one that was never interrupted.
func TestTransferContinuesAtAnOffset(t *testing.T) {
	data := pattern(3*stages.StreamingTrigger + 5)
	rapid.Check(t, func(rt *rapid.T) {
		offset := rapid.OneOf(rapid.IntRange(0, len(data)), rapid.SampledFrom([]int{
			len(data), 64 << 10, 1 << 20, 64<<10 + 1,
		})).Draw(rt, "offset")
		a := rapid.SampledFrom([]digest.Algorithm{digest.SHA256, digest.BLAKE3}).Draw(rt, "algorithm")
		set, pool := digest.NewSet(a), stages.NewPool(0)
		_, _ = set.Write(data[:offset])
		err := stages.Transfer{
			Source: random{newMemory(data)}, Set: set, Pool: pool, Workers: 2, Offset: int64(offset),
		}.Run(t.Context())
		require.NoError(rt, err)
		require.Equal(rt, sumOf(a, data), set.Sums()[0])
		require.Zero(rt, pool.Live())
	})
}

func TestTransferReportsAChangedSource(t *testing.T) {
	big := 2 * stages.StreamingTrigger
	cases := map[string]func(*memory){
		"grew while it was read":     func(m *memory) { m.size -= 10 },
		"was cut while it was read":  func(m *memory) { m.data = m.data[:len(m.data)-10] },
		"was emptied":                func(m *memory) { m.data, m.after = nil, 0 },
		"was written to in place":    func(m *memory) { m.after++ },
		"says 0 and holds more":      func(m *memory) { m.size, m.after = 0, 0 },
		"grew by a whole chunk":      func(m *memory) { m.size -= 256 << 10 },
		"was cut by a whole chunk":   func(m *memory) { m.data = m.data[:len(m.data)-256<<10] },
		"was cut to a subtree's end": func(m *memory) { m.data = m.data[:128<<10] },
	}
	for name, change := range cases {
		for _, n := range []int{300 << 10, big, big + 1} {
			for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
				t.Run(fmt.Sprintf("%s, %d bytes, %v", name, n, a), func(t *testing.T) {
					m := newMemory(pattern(n))
					change(m)
					pool := stages.NewPool(0)
					err := stages.Transfer{Source: random{m}, Set: digest.NewSet(a), Pool: pool, Workers: 2}.Run(t.Context())
					require.ErrorIs(t, err, storage.ErrChanged)
					require.Zero(t, pool.Live())
				})
			}
		}
	}
}

func TestTransferReadsFromReadersOfEveryKind(t *testing.T) {
	data := pattern(stages.StreamingTrigger + 12345)
	broken := errors.New("I/O error")
	readers := map[string]struct {
		wrap func(io.Reader) io.Reader
		want error
	}{
		"half of what is asked for": {iotest.HalfReader, nil},
		"data together with EOF":    {iotest.DataErrReader, nil},
		"an error in the middle": {func(r io.Reader) io.Reader {
			return io.MultiReader(io.LimitReader(r, 700_000), iotest.ErrReader(broken))
		}, broken},
	}
	for name, r := range readers {
		t.Run(name, func(t *testing.T) {
			m := newMemory(data)
			m.wrap = r.wrap
			pool, set := stages.NewPool(0), digest.NewSet(digest.SHA256)
			err := stages.Transfer{Source: m, Set: set, Pool: pool}.Run(t.Context())
			require.ErrorIs(t, err, r.want)
			require.Zero(t, pool.Live())
			if r.want == nil {
				require.Equal(t, sumOf(digest.SHA256, data), set.Sums()[0])
				return
			}
			var stage *pipeline.StageError
			require.ErrorAs(t, err, &stage)
			require.Equal(t, "read", stage.Stage)
			require.ErrorContains(t, err, "read at 700000")
		})
	}
}

// forgetful is a source that does not remember its identity, and is written to
// in place once some of it has been read.
type forgetful struct {
	data  []byte
	reads atomic.Int64
}

func (f *forgetful) Size() int64 { return int64(len(f.data)) }

func (f *forgetful) Identity(context.Context) (checkpoint.Identity, error) {
	id := checkpoint.Identity{Size: f.Size()}
	if f.reads.Load() >= 4 {
		id.ModTime++
	}
	return id, nil
}

func (f *forgetful) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.data[offset:])), nil
}

func (f *forgetful) ReadAt(p []byte, offset int64) (int, error) {
	f.reads.Add(1)
	return bytes.NewReader(f.data).ReadAt(p, offset)
}

func TestTransferOfSubtreesLooksBeforeTheFirstByte(t *testing.T) {
	err := stages.Transfer{
		Source: &forgetful{data: pattern(4<<20 + 7)}, Set: digest.NewSet(digest.BLAKE3), Pool: stages.NewPool(0), Workers: 2,
	}.Run(t.Context())
	require.ErrorIs(t, err, storage.ErrChanged)
}

// held is a limiter that lets a number of bytes through and then nothing.
type held struct{ left atomic.Int64 }

func (h *held) Wait(ctx context.Context, n int) error {
	if h.left.Add(-int64(n)) >= 0 {
		return nil
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// Whatever is in flight when a transfer is stopped is released.
func TestTransferStoppedInFlight(t *testing.T) {
	for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
		for _, n := range []int{100, 20 * stages.StreamingTrigger} {
			t.Run(fmt.Sprintf("%v %d bytes", a, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					reason := errors.New("stopped")
					ctx, cancel := context.WithCancelCause(t.Context())
					pool := stages.NewPool(0)
					limiter := &held{}
					limiter.left.Store(int64(n) / 2)
					done := make(chan error)
					go func() {
						done <- stages.Transfer{
							Source: random{newMemory(pattern(n))}, Set: digest.NewSet(a),
							Pool: pool, Workers: 2, Limiter: limiter,
						}.Run(ctx)
					}()
					synctest.Wait()
					cancel(reason)
					require.ErrorIs(t, <-done, reason)
					require.Zero(t, pool.Live())
				})
			})
		}
	}
}

// A stream above the streaming trigger is a pipeline that one may look at.
func TestTransferAgainstTheStandardLibrary(t *testing.T) {
	data := pattern(5 << 20)
	set := digest.NewSet(digest.SHA256, digest.BLAKE3, digest.XXH3)
	err := stages.Transfer{Source: newMemory(data), Set: set, Pool: stages.NewPool(0), Sizer: stages.Fixed(4097)}.Run(t.Context())
	require.NoError(t, err)
	want := sha256.Sum256(data)
	require.Equal(t, want[:], set.Sums()[0])
}
