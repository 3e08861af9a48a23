package stages_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages"
)

// one yields a single chunk, as a link would.
func one(c *stages.Chunk) iter.Seq2[*stages.Chunk, error] {
	return func(yield func(*stages.Chunk, error) bool) { yield(c, nil) }
}

func TestSizeHandsOnEveryByteInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := stages.NewPool(0)
		c, err := p.Get(t.Context(), rapid.IntRange(1, 5000).Draw(t, "size"))
		require.NoError(t, err)
		copy(c.Data, pattern(c.Size()))
		c.Mark = true
		want, limits := pattern(c.Size()), rapid.SliceOfN(rapid.IntRange(-1, 3000), 1, 9).Draw(t, "limits")

		var got []byte
		var marks, asked, limit int
		next := func() int {
			limit = limits[asked%len(limits)]
			asked++
			return limit
		}
		err = stages.Size(next)(t.Context(), one(c), func(piece *stages.Chunk) error {
			require.Equal(t, int64(len(got)), piece.Offset)
			require.True(t, limit <= 0 || piece.Size() <= limit, "%d bytes under a limit of %d", piece.Size(), limit)
			got = append(got, piece.Data...)
			if piece.Mark {
				marks++
				require.Len(t, got, len(want), "the mark comes with the last piece")
			}
			piece.Release()
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, 1, marks)
		require.Zero(t, p.Live())
	})
}

// Of a chunk that was cut before its consumer left, the rest is Size's to
// release; the piece that emit refused is not.
func TestSizeReleasesTheRestWhenRefused(t *testing.T) {
	p := stages.NewPool(0)
	c, err := p.Get(t.Context(), 100)
	require.NoError(t, err)
	left := errors.New("nobody wants it")
	err = stages.Size(func() int { return 10 })(t.Context(), one(c), func(piece *stages.Chunk) error {
		piece.Release() // as a link's Drop does
		return left
	})
	require.ErrorIs(t, err, left)
	require.Zero(t, p.Live())
}

// A stream that was cut short is never taken for one that ended.
func TestEveryStageHandsOnTheCut(t *testing.T) {
	cut := errors.New("cut short")
	broken := func(yield func(*stages.Chunk, error) bool) { yield(nil, cut) }
	emit := func(*stages.Chunk) error { return nil }
	ctx := context.Background()
	require.ErrorIs(t, stages.Size(func() int { return 1 })(ctx, broken, emit), cut)
	require.ErrorIs(t, stages.Throttle(nil, (*stages.Chunk).Release)(ctx, broken, emit), cut)
	require.ErrorIs(t, stages.Checksum(nil)(ctx, broken, emit), cut)
	require.ErrorIs(t, stages.Discard(func(int) {})(ctx, broken), cut)
}
