package stages_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// sparse is a memory with data only from each first to each second offset.
type sparse struct {
	*memory
	extents [][2]int64
	broken  error
}

func (s sparse) NextData(offset int64) (data, after int64, err error) {
	for _, e := range s.extents {
		if offset < e[1] {
			return max(offset, e[0]), e[1], s.broken
		}
	}
	return s.size, s.size + 1<<40, s.broken
}

// Whatever the holes, the digest is that of all bytes and so is what was written, and
// none of a hole is written where the sink can do without.
func TestTransferLeavesHolesOut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 3<<20).Draw(rt, "size")
		data := make([]byte, size)
		var extents [][2]int64
		written := 0
		for at := 0; at < size; {
			begin := at + rapid.IntRange(0, 1<<20).Draw(rt, "hole")
			end := min(size, begin+rapid.IntRange(1, 1<<20).Draw(rt, "data"))
			if begin >= end {
				break
			}
			copy(data[begin:end], pattern(end-begin))
			extents = append(extents, [2]int64{int64(begin), int64(end)})
			written += end - begin
			at = end + 1
		}
		to, set := new(paper), digest.NewSet(digest.SHA256)
		tr := stages.Transfer{
			Source: sparse{newMemory(data), extents, nil}, Set: set, Pool: stages.NewPool(0), Sink: to,
			Sizer: stages.Fixed(rapid.IntRange(4<<10, 1<<20).Draw(rt, "chunk")),
		}
		if rapid.Bool().Draw(rt, "grows") {
			tr.Sink = growing{to}
		} else {
			written = size
		}
		require.NoError(rt, tr.Run(t.Context()))
		require.Equal(rt, sumOf(digest.SHA256, data), set.Sums()[0])
		require.Equal(rt, written, to.wrote)
		require.True(rt, bytes.Equal(data, to.data), "%d bytes of %d", len(to.data), size)
	})
}

// A small file with a hole is several chunks, of which the memory need hold but one.
func TestTransferOfASmallSparseFile(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	data := make([]byte, 900<<10)
	copy(data, pattern(600<<10))
	to, pool := growing{new(paper)}, stages.NewPool(0)
	require.NoError(t, stages.Transfer{
		Source: sparse{newMemory(data), [][2]int64{{0, 600 << 10}}, nil}, Set: digest.NewSet(digest.SHA256),
		Pool: pool, Sink: to,
	}.Run(ctx))
	require.True(t, bytes.Equal(data, to.data))
	require.Equal(t, 600<<10, to.wrote)
	require.Zero(t, pool.Live())
}

// A copy made with no more than Create and Commit has the hole that its original ends
// with.
func TestTransferCopiesASparseFile(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	data := make([]byte, 3<<20)
	copy(data, pattern(64<<10))
	require.NoError(t, os.WriteFile(from, data[:64<<10], 0o600))
	require.NoError(t, os.Truncate(from, int64(len(data))))
	src, err := local.Open(t.Context(), from)
	require.NoError(t, err)
	defer src.Close()
	sink, err := local.Create(t.Context(), to)
	require.NoError(t, err)
	require.NoError(t, stages.Transfer{
		Source: src, Set: digest.NewSet(digest.SHA256), Pool: stages.NewPool(0), Sink: sink,
	}.Run(t.Context()))
	require.NoError(t, sink.Commit(t.Context()))
	got, err := os.ReadFile(to)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got), "%d bytes", len(got))
}

// A system that cannot tell of holes has none.
func TestTransferWithoutWordOfHoles(t *testing.T) {
	data := make([]byte, 2<<20)
	to := new(paper)
	require.NoError(t, stages.Transfer{
		Source: sparse{newMemory(data), nil, errors.ErrUnsupported}, Set: digest.NewSet(digest.CRC32C),
		Pool: stages.NewPool(0), Sink: to,
	}.Run(t.Context()))
	require.Equal(t, data, to.data)
}

// growing is a paper that can be made longer.
type growing struct{ *paper }

func (g growing) Grow(_ context.Context, size int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.data = append(g.data, make([]byte, max(0, int(size)-len(g.data)))...)
	return nil
}

// A checkpoint in a hole, or behind one, speaks of no more bytes than were synced.
func TestTransferSavesWhatIsSafeOfAHole(t *testing.T) {
	data := make([]byte, 3<<20)
	copy(data, pattern(100))
	to, saves := growing{new(paper)}, 0
	require.NoError(t, stages.Transfer{
		Source: sparse{newMemory(data), [][2]int64{{0, 100}}, nil}, Set: digest.NewSet(digest.CRC32C),
		Pool: stages.NewPool(0), Sink: to, Sizer: stages.Fixed(256 << 10), Marks: everyChunk,
		Save: func(_ context.Context, at stages.Safe) error {
			saves++
			to.mu.Lock()
			defer to.mu.Unlock()
			require.GreaterOrEqual(t, to.synced, int(at.Offset))
			return nil
		},
	}.Run(t.Context()))
	require.Greater(t, saves, 1)
	require.Equal(t, 100, to.wrote)
}
