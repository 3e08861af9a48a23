package stages_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// Only what nobody needed since the last time goes.
func TestPoolTrim(t *testing.T) {
	p := stages.NewPool(4 << 20)
	use := func(sizes ...int) {
		var out []*stages.Chunk
		for _, n := range sizes {
			c, err := p.Get(t.Context(), n)
			require.NoError(t, err)
			out = append(out, c)
		}
		for _, c := range out {
			c.Release()
		}
	}
	kept := func(want int64) {
		t.Helper()
		p.Trim()
		require.Equal(t, want, p.Allocated())
		require.Equal(t, want, p.Idle())
	}
	use(1<<20, 1<<20, 64<<10)
	kept(2<<20 + 64<<10) // all of it was out
	use(1 << 20)
	kept(1 << 20)
	use(1<<20, 1<<20)
	use(1 << 20)
	kept(2 << 20)
	out, err := p.Get(t.Context(), 1<<20)
	require.NoError(t, err)
	p.Trim()
	p.Trim()
	require.Equal(t, int64(1<<20), p.Allocated(), "what is out stays")
	out.Release()
	use(1<<20, 1<<20)
	p.Trim()
	p.Shed()
	use(1<<20, 1<<20)
	kept(2 << 20) // they are not those that were idle
	kept(0)
}

func TestChunkReleasedTwicePanics(t *testing.T) {
	p := stages.NewPool(0)
	c, err := p.Get(t.Context(), 1)
	require.NoError(t, err)
	c.Release()
	require.PanicsWithValue(t, "stages: chunk released twice", c.Release)
}

// A budget that is made smaller while all of it is out takes effect as chunks
// come back, and gives what it kept when it is made larger again.
func TestPoolFollowsItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stages.NewPool(4 << 20)
		take := func() *stages.Chunk {
			c, err := p.Get(t.Context(), 1<<20)
			require.NoError(t, err)
			return c
		}
		out := []*stages.Chunk{take(), take(), take(), take()}
		p.SetBudget(2 << 20)
		require.Equal(t, int64(2<<20), p.Budget())
		got := make(chan *stages.Chunk)
		go func() { got <- take() }()
		waits := func(why string) {
			t.Helper()
			synctest.Wait()
			select {
			case <-got:
				t.Fatal(why)
			default:
			}
		}
		out[0].Release()
		out[1].Release()
		waits("two are out, which is all there may be")
		require.LessOrEqual(t, p.Allocated(), int64(2<<20), "what came back has been let go")
		out[2].Release()
		fifth := <-got

		go func() { got <- take() }()
		waits("two are out again")
		p.SetBudget(3 << 20)
		sixth := <-got
		for _, c := range []*stages.Chunk{out[3], fifth, sixth} {
			c.Release()
		}
		p.SetBudget(0)
		require.Equal(t, int64(stages.MaxChunk), p.Budget(), "the largest chunk fits always")
		require.LessOrEqual(t, p.Allocated(), int64(stages.MaxChunk), "idle memory goes at once")
		take().Release()
		p.SetBudget(1 << 40)
		require.Equal(t, int64(4<<20), p.Budget(), "no more than it was made with")
		require.Zero(t, p.Live())
	})
}

// Whatever is done to a pool, it never has more out than the budget that was the
// largest since, and all of it can be had in the end.
func TestPoolKeepsToItsBudget(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const size = 8 << 20
		p, out := stages.NewPool(size), []*stages.Chunk(nil)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		held := func() (bytes int64) {
			for _, c := range out {
				bytes += int64(c.Size())
			}
			return bytes
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				n := 1 << rapid.IntRange(12, 20).Draw(rt, "class")
				if held()+int64(n) <= p.Budget() {
					c, err := p.Get(t.Context(), n) // which would hang if it had to wait
					require.NoError(rt, err)
					out = append(out, c)
				}
			case 1:
				if len(out) > 0 {
					out[0].Release()
					out = out[1:]
				}
			case 2:
				p.SetBudget(rapid.Int64Range(0, size+1).Draw(rt, "budget"))
			case 3:
				p.Trim()
			}
			require.LessOrEqual(rt, p.Allocated(), max(p.Budget(), held()))
		}
		for _, c := range out {
			c.Release()
		}
		p.SetBudget(size)
		for range size / stages.MaxChunk {
			_, err := p.Get(t.Context(), stages.MaxChunk)
			require.NoError(rt, err)
		}
		_, err := p.Get(ended, stages.MaxChunk)
		require.Error(rt, err)
	})
}
