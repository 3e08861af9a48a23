package pressure_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/pressure"
)

// queue starts n goroutines that acquire g one after another, in this order, and
// hold it until release is closed. passed gets each one's number as it passes.
func queue(ctx context.Context, g *pressure.Gate, n int, release <-chan struct{}) (passed chan int) {
	passed = make(chan int, n) // all of them: nobody waits to report
	for i := range n {
		go func() {
			if g.Acquire(ctx) != nil {
				return
			}
			defer g.Release()
			passed <- i
			<-release
		}()
		synctest.Wait()
	}
	return passed
}

func TestGateLetsThroughItsWidthInOrder(t *testing.T) {
	for _, width := range []int{1, 2, 7} {
		synctest.Test(t, func(t *testing.T) {
			g := pressure.NewGate(width)
			release := make(chan struct{})
			passed := queue(t.Context(), g, 3*width, release)
			require.Len(t, passed, width)
			require.Equal(t, pressure.GateStats{Width: width, Held: width, Waiting: 2 * width}, g.Stats())
			for range 2 * width {
				release <- struct{}{}
				synctest.Wait()
				require.Equal(t, width, g.Held())
			}
			close(release)
			synctest.Wait()
			close(passed)
			want := 0
			for i := range passed {
				require.Equal(t, want, i, "first come, first served")
				want++
			}
			require.Equal(t, want, 3*width)
			require.Equal(t, pressure.GateStats{Width: width}, g.Stats())
		})
	}
}

func TestGateOfWidthZeroIsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g pressure.Gate
		release := make(chan struct{})
		defer close(release)
		passed := queue(t.Context(), &g, 3, release)
		time.Sleep(time.Hour)
		require.Empty(t, passed)
		g.SetWidth(2)
		synctest.Wait()
		require.Len(t, passed, 2)
		g.SetWidth(3)
		synctest.Wait()
		require.Len(t, passed, 3)
	})
}

func TestNarrowingAGateTouchesNobodyWhoIsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := pressure.NewGate(4)
		release := make(chan struct{})
		passed := queue(t.Context(), g, 6, release)
		g.SetWidth(0)
		synctest.Wait()
		require.Equal(t, pressure.GateStats{Width: 0, Held: 4, Waiting: 2}, g.Stats())
		g.SetWidth(2)
		release <- struct{}{}
		release <- struct{}{}
		synctest.Wait()
		require.Len(t, passed, 4, "two left, two remain: no room yet")
		release <- struct{}{}
		synctest.Wait()
		require.Len(t, passed, 5)
		g.SetWidth(-5)
		close(release)
		synctest.Wait()
		require.Equal(t, pressure.GateStats{Width: 0, Held: 0, Waiting: 1}, g.Stats())
		g.SetWidth(1)
		synctest.Wait()
		require.Len(t, passed, 6)
	})
}

func TestGateForgetsWhoGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := pressure.NewGate(1)
		require.NoError(t, g.Acquire(t.Context()))
		cause := errors.New("no longer wanted")
		ctx, cancel := context.WithCancelCause(t.Context())
		got := make(chan error, 1)
		go func() { got <- g.Acquire(ctx) }()
		synctest.Wait()
		release := make(chan struct{})
		passed := queue(t.Context(), g, 1, release)
		require.Equal(t, 2, g.Stats().Waiting)
		cancel(cause)
		require.ErrorIs(t, <-got, cause)
		require.Equal(t, 1, g.Stats().Waiting)
		require.ErrorIs(t, g.Acquire(ctx), cause, "nor is a place given to who has ended already")
		g.Release()
		require.Zero(t, <-passed)
		close(release)
		synctest.Wait()
		require.Equal(t, pressure.GateStats{Width: 1}, g.Stats())
	})
}

func TestGateReleasedTooOftenPanics(t *testing.T) {
	require.PanicsWithValue(t, "pressure: Gate.Release without Acquire", pressure.NewGate(1).Release)
}

// TestGateUnderStress cancels, widens and narrows at random: never more than the
// widest are through, and in the end nobody is.
func TestGateUnderStress(t *testing.T) {
	const widest = 5
	g := pressure.NewGate(widest)
	var inside, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration((i*j)%7)*10*time.Microsecond)
				if g.Acquire(ctx) == nil {
					n := inside.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					inside.Add(-1)
					g.Release()
				}
				cancel()
			}
		})
	}
	for i := range 3000 {
		g.SetWidth(i % (widest + 1))
	}
	g.SetWidth(widest)
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int64(widest))
	require.Equal(t, pressure.GateStats{Width: widest}, g.Stats())
}

// gateModel is a Gate as a queue of numbers.
type gateModel struct {
	width, held      int
	waiting, through []int
}

func (m *gateModel) admit() {
	for m.held < m.width && len(m.waiting) > 0 {
		m.through, m.waiting, m.held = append(m.through, m.waiting[0]), m.waiting[1:], m.held+1
	}
}

// TestGateAgainstAModel compares random calls with the model, after each call.
func TestGateAgainstAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		calls := rapid.SliceOfN(rapid.IntRange(0, 1<<16), 1, 60).Draw(rt, "calls")
		var got, want []any
		synctest.Test(t, func(t *testing.T) { got, want = playGate(t.Context(), calls) })
		require.Equal(rt, want, got) // outside the bubble, which rapid cannot leave
	})
}

// playGate makes one call for each number on a Gate and on the model, and returns
// what each of them looked like after each.
func playGate(ctx context.Context, calls []int) (got, want []any) {
	ctx, stop := context.WithCancel(ctx)
	defer synctest.Wait()
	defer stop()
	var g pressure.Gate
	var m gateModel
	var mu sync.Mutex // guards through
	var through []int
	var cancels []context.CancelFunc
	for _, call := range calls {
		switch arg := call / 4; call % 4 {
		case 0:
			one, cancel := context.WithCancel(ctx)
			i := len(cancels)
			cancels = append(cancels, cancel)
			m.waiting = append(m.waiting, i)
			go func() {
				if g.Acquire(one) == nil {
					mu.Lock()
					defer mu.Unlock()
					through = append(through, i)
				}
			}()
		case 1:
			if m.held > 0 {
				g.Release()
				m.held--
			}
		case 2:
			m.width = arg % 5
			g.SetWidth(m.width)
		case 3:
			if n := len(m.waiting); n > 0 {
				k := arg % n
				cancels[m.waiting[k]]()
				m.waiting = slices.Delete(m.waiting, k, k+1)
			}
		}
		synctest.Wait()
		m.admit()
		mu.Lock()
		got = append(got, g.Stats(), slices.Sorted(slices.Values(through)))
		mu.Unlock()
		want = append(want, pressure.GateStats{Width: m.width, Held: m.held, Waiting: len(m.waiting)}, slices.Sorted(slices.Values(m.through)))
	}
	return got, want
}

func BenchmarkGate(b *testing.B) {
	g := pressure.NewGate(1)
	ctx := b.Context()
	for b.Loop() {
		if err := g.Acquire(ctx); err != nil {
			b.Fatal(err)
		}
		g.Release()
	}
}

// Who is through stays until the gate has become too narrow.
func TestGateIsRenewedUnlessItWasMadeNarrower(t *testing.T) {
	g := pressure.NewGate(2)
	require.NoError(t, g.Acquire(t.Context()))
	require.NoError(t, g.Acquire(t.Context()))
	require.True(t, g.Renew())
	g.SetWidth(1)
	require.False(t, g.Renew())
	require.Equal(t, pressure.GateStats{Width: 1, Held: 1}, g.Stats(), "the place is given back")
	require.True(t, g.Renew())
	g.SetWidth(0)
	require.False(t, g.Renew())
	require.Zero(t, g.Held())
}
