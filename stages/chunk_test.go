package stages_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages"
)

func TestSplitLosesNoByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := stages.NewPool(0)
		rest, err := p.Get(t.Context(), rapid.IntRange(1, 10_000).Draw(t, "size"))
		require.NoError(t, err)
		rest.Offset, rest.Mark = 77, true
		want := make([]byte, rest.Size())
		for i := range want {
			want[i] = byte(i * 7)
		}
		copy(rest.Data, want)

		var got []byte
		var pieces []*stages.Chunk
		offset := rest.Offset
		for rest.Size() > 1 && rapid.Bool().Draw(t, "again") {
			pieces = append(pieces, rest.Split(rapid.IntRange(1, rest.Size()-1).Draw(t, "cut")))
		}
		for _, c := range append(pieces, rest) {
			require.Equal(t, offset, c.Offset)
			require.Equal(t, c == rest, c.Mark, "the mark is due when all has arrived")
			got = append(got, c.Data...)
			offset = c.End()
		}
		require.Equal(t, want, got)

		require.Equal(t, int64(1), p.Live(), "the pieces share one buffer")
		for _, c := range append(pieces, rest) {
			require.Equal(t, int64(1), p.Live())
			c.Release()
		}
		require.Zero(t, p.Live())
	})
}

func TestSplitNeedsBothSides(t *testing.T) {
	p := stages.NewPool(0)
	c, err := p.Get(t.Context(), 10)
	require.NoError(t, err)
	for _, n := range []int{-1, 0, 10, 11} {
		require.Panics(t, func() { c.Split(n) }, "at %d", n)
	}
	c.Release()
}
