package stages_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
)

func TestPoolGivesTheBytesAskedFor(t *testing.T) {
	p := stages.NewPool(4 << 20)
	for _, n := range []int{1, 4095, 4096, 4097, 65535, 65536, 65537, 1<<20 - 1, 1 << 20} {
		c, err := p.Get(t.Context(), n)
		require.NoError(t, err)
		require.Len(t, c.Data, n)
		require.Equal(t, int64(1), p.Live())
		c.Release()
	}
	require.Zero(t, p.Live())
}

func TestPoolRefusesImpossibleChunks(t *testing.T) {
	p := stages.NewPool(0)
	for _, n := range []int{-1, 0, stages.MaxChunk + 1} {
		require.Panics(t, func() { _, _ = p.Get(t.Context(), n) }, "%d bytes", n)
	}
}

// The budget is what the memory ceiling rests on.
func TestPoolWaitsWhileTheBudgetIsSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stages.NewPool(2 << 20)
		require.Equal(t, int64(2<<20), p.Budget())
		first, err := p.Get(t.Context(), 1<<20)
		require.NoError(t, err)
		second, err := p.Get(t.Context(), 1<<20)
		require.NoError(t, err)

		var third *stages.Chunk
		done := make(chan struct{})
		go func() {
			defer close(done)
			third, _ = p.Get(t.Context(), 1)
		}()
		synctest.Wait()
		require.Nil(t, third, "the budget is spent")
		first.Release()
		<-done
		require.NotNil(t, third)
		second.Release()
		third.Release()
		require.Zero(t, p.Live())
	})
}

func TestPoolStopsWaitingWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := stages.NewPool(1 << 20)
	all, err := p.Get(ctx, 1<<20)
	require.NoError(t, err)
	cancel(reason)
	_, err = p.Get(ctx, 1)
	require.ErrorIs(t, err, reason)
	all.Release()
	require.Zero(t, p.Live())
}

// Chunks of one size must not starve those of another: idle memory counts
// against the budget only until somebody needs it.
func TestPoolReusesTheBudgetAcrossSizes(t *testing.T) {
	const budget = 4 << 20
	p := stages.NewPool(budget)
	for _, n := range []int{4 << 10, 1 << 20, 64 << 10, 1 << 20, 4 << 10} {
		var out []*stages.Chunk
		for range budget / n {
			c, err := p.Get(t.Context(), n)
			require.NoError(t, err)
			out = append(out, c)
		}
		require.LessOrEqual(t, p.Allocated(), int64(budget), "idle memory of other sizes must have been let go")
		for _, c := range out {
			c.Release()
		}
	}
}

func TestChunkReleasedTwicePanics(t *testing.T) {
	p := stages.NewPool(0)
	c, err := p.Get(t.Context(), 1)
	require.NoError(t, err)
	c.Release()
	require.PanicsWithValue(t, "stages: chunk released twice", c.Release)
}
