package stages_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
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

// Whatever the holes, the digest is that of all bytes, and none of a hole is
// written.
func TestTransferLeavesHolesOut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(stages.StreamingTrigger, 3<<20).Draw(rt, "size")
		data := make([]byte, size)
		var extents [][2]int64
		bytes := 0
		for at := 0; at < size; {
			begin := at + rapid.IntRange(0, 1<<20).Draw(rt, "hole")
			end := min(size, begin+rapid.IntRange(1, 1<<20).Draw(rt, "data"))
			if begin >= end {
				break
			}
			copy(data[begin:end], pattern(end-begin))
			extents = append(extents, [2]int64{int64(begin), int64(end)})
			bytes += end - begin
			at = end + 1
		}
		to, set := new(paper), digest.NewSet(digest.SHA256)
		require.NoError(rt, stages.Transfer{
			Source: sparse{newMemory(data), extents, nil}, Set: set, Pool: stages.NewPool(0), Sink: to,
			Sizer: stages.Fixed(rapid.IntRange(4<<10, 1<<20).Draw(rt, "chunk")),
		}.Run(t.Context()))
		require.Equal(rt, sumOf(digest.SHA256, data), set.Sums()[0])
		require.Equal(rt, bytes, to.wrote)
		require.Equal(rt, string(data[:len(to.data)]), string(to.data))
	})
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
