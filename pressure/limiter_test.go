package pressure_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// limiter makes one with these rates.
func limiter(t *testing.T, r pressure.Rates, limits func() pressure.Limits) *pressure.Limiter {
	t.Helper()
	l, err := pressure.NewLimiter(r, limits)
	require.NoError(t, err)
	return l
}

// draw runs this many streams of chunks of n bytes through l for d, and returns
// how many chunks and bytes came through.
func draw(t *testing.T, l *pressure.Limiter, streams, n int, d time.Duration) (chunks, bytes int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	var count atomic.Int64
	for range streams {
		wg.Go(func() {
			for l.Wait(ctx, n) == nil {
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return count.Load(), count.Load() * int64(n)
}

func TestByteLimitHolds(t *testing.T) {
	const seconds = 10
	for _, rate := range []int64{1e6, 100e6, 1e9} {
		for _, streams := range []int{1, 10} {
			for _, chunk := range []int{256 * kib, 1 * mib} {
				t.Run(fmt.Sprintf("%d MB/s, %d streams, %d KiB", rate/1e6, streams, chunk/kib), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := limiter(t, pressure.Rates{Bytes: rate}, nil)
						_, bytes := draw(t, l, streams, chunk, seconds*time.Second)
						// The chunk that is under way when time is up is not in the count.
						require.InEpsilon(t, seconds*rate, bytes+int64(chunk)/2, max(0.03, float64(chunk)/float64(seconds*rate)/2))
						require.LessOrEqual(t, bytes, seconds*rate, "a hard cap from the first moment on")
					})
				})
			}
		}
	}
}

// TestByteLimitHoldsForLateStreams has a timer that is late and a stream that
// works between its chunks: neither loses any of the rate.
func TestByteLimitHoldsForLateStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, chunk, seconds = 100e6, 256 * kib, 10
		l := limiter(t, pressure.Rates{Bytes: rate}, nil)
		begin, bytes := time.Now(), 0.0
		for i := 0; time.Since(begin) < seconds*time.Second; i++ {
			require.NoError(t, l.Wait(t.Context(), chunk))
			bytes += chunk
			if i%10 == 0 {
				time.Sleep(20 * time.Millisecond)
			}
		}
		require.InEpsilon(t, rate*seconds, bytes, 0.03)
	})
}

func TestAnIdleWhileSavesUpLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, pressure.Rates{Bytes: 1e6}, nil)
		time.Sleep(time.Hour)
		_, bytes := draw(t, l, 1, 10_000, time.Second)
		require.LessOrEqual(t, bytes, int64(1_100_000))
		require.GreaterOrEqual(t, bytes, int64(1_080_000))
	})
}

func TestOperationLimitHolds(t *testing.T) {
	for _, operations := range []int{1, 7, 50, 500} {
		for _, streams := range []int{1, 10} {
			t.Run(fmt.Sprintf("%d/s, %d streams", operations, streams), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := limiter(t, pressure.Rates{Operations: operations}, nil)
					n, _ := draw(t, l, streams, math.MaxInt, 100*time.Second)
					require.InDelta(t, 100*operations, n, max(1, 0.03*float64(100*operations)))
				})
			})
		}
	}
}

// TestOperationLimitHoldsForLateStreams works for one and a half operations'
// time before every other one: what came in meanwhile is not lost.
func TestOperationLimitHoldsForLateStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, seconds = 5, 100
		l := limiter(t, pressure.Rates{Operations: rate}, nil)
		begin, n := time.Now(), 0
		for ; time.Since(begin) < seconds*time.Second; n++ {
			require.NoError(t, l.Wait(t.Context(), 0))
			if n%2 == 0 {
				time.Sleep(300 * time.Millisecond)
			}
		}
		require.InEpsilon(t, rate*seconds, n, 0.01)
	})
}

func TestTheLowerOfBothLimitsCounts(t *testing.T) {
	for name, r := range map[string]pressure.Rates{
		"operations": {Bytes: 1e9, Operations: 20},
		"bytes":      {Bytes: 20 * 1000, Operations: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, _ := draw(t, limiter(t, r, nil), 3, 1000, 50*time.Second)
				require.InEpsilon(t, 1000, n, 0.01)
			})
		})
	}
}

func TestARequestMayBeLargerThanTheBurst(t *testing.T) {
	for _, tt := range []struct {
		n    int
		want time.Duration
	}{
		{math.MinInt, 0},
		{-1, 0},
		{0, 0},
		{1, time.Millisecond},
		{99, 99 * time.Millisecond},
		{100, 100 * time.Millisecond}, // the burst
		{101, 101 * time.Millisecond},
		{1000, time.Second},
		{3_600_000, time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := limiter(t, pressure.Rates{Bytes: 1000}, nil)
			begin := time.Now()
			require.NoError(t, l.Wait(t.Context(), tt.n))
			require.InDelta(t, tt.want, time.Since(begin), float64(time.Millisecond), "%d bytes", tt.n)
		})
	}
}

func TestWaitersFollowAChange(t *testing.T) {
	const soon = 100 * time.Millisecond
	for name, tt := range map[string]struct {
		from, to pressure.Rates
		n        int
	}{
		"more bytes":      {pressure.Rates{Bytes: 10}, pressure.Rates{Bytes: 1e9}, 100_000},
		"more operations": {pressure.Rates{Operations: 1}, pressure.Rates{Operations: 100_000}, 0},
		"no limit":        {pressure.Rates{Bytes: 10, Operations: 1}, pressure.Rates{}, 100_000},
		"the other limit": {pressure.Rates{Bytes: 10}, pressure.Rates{Operations: 100_000}, 100_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limiter(t, tt.from, nil)
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() { require.NoError(t, l.Wait(t.Context(), tt.n)) })
				}
				time.Sleep(10 * time.Millisecond)
				require.GreaterOrEqual(t, l.Stats().Waiting, 9)
				begin := time.Now()
				require.NoError(t, l.Set(tt.to))
				wg.Wait()
				require.Less(t, time.Since(begin), soon)
			})
		})
	}
	t.Run("down", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := limiter(t, pressure.Rates{Bytes: 1e9}, nil)
			_, bytes := draw(t, l, 10, 64*kib, time.Second)
			require.InEpsilon(t, 1e9, bytes, 0.01)
			require.NoError(t, l.Set(pressure.Rates{Bytes: 1e6}))
			_, bytes = draw(t, l, 10, 4*kib, time.Second)
			require.InEpsilon(t, 1e6, bytes, 0.11, "and at most the 100 ms that were saved up")
		})
	})
}

func TestWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, pressure.Rates{Bytes: 1000}, nil)
		order := make(chan int, 20) // one each
		for i := range 20 {
			go func() {
				if l.Wait(t.Context(), 100*(1+i%3)) == nil {
					order <- i
				}
			}()
			synctest.Wait()
		}
		var turn, all time.Duration // each waits for its own bytes and for those before it
		for i := range 20 {
			require.Equal(t, i, <-order)
			turn += time.Duration(1+i%3) * 100 * time.Millisecond
			all += turn
		}
		synctest.Wait()
		require.InDelta(t, all, l.Stats().Waited, float64(20*time.Millisecond))
	})
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, pressure.Rates{Bytes: 10}, nil)
		cause := errors.New("no longer wanted")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		for range 3 { // one in its turn, two behind it
			wg.Go(func() { require.ErrorIs(t, l.Wait(ctx, 1000), cause) })
		}
		synctest.Wait()
		cancel(cause)
		wg.Wait()
		require.NoError(t, l.Wait(t.Context(), 1), "the next has its turn")
		require.Zero(t, l.Stats().Waiting)
	})
}

func TestZeroLimiterLimitsNothingUntilSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l pressure.Limiter
		begin := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, l.Wait(ctx, math.MaxInt))
		require.Zero(t, time.Since(begin))
		require.NoError(t, l.Set(pressure.Rates{Bytes: 1}))
		require.ErrorIs(t, l.Wait(ctx, 1), context.Canceled)
		require.NoError(t, l.Wait(t.Context(), 3))
		require.InDelta(t, 3*time.Second, time.Since(begin), float64(time.Millisecond))
	})
}

func TestRatesReportEveryFaultAtOnce(t *testing.T) {
	_, err := pressure.NewLimiter(pressure.Rates{Bytes: -1, Operations: -2}, nil)
	require.Equal(t, []string{"Bytes", "Operations"}, faultyFields(err))
	var l pressure.Limiter
	require.EqualError(t, l.Set(pressure.Rates{Bytes: -1}), "pressure: Bytes is -1: want at least 0")
	require.NoError(t, l.Wait(t.Context(), 1), "what is refused is not set")
}

func BenchmarkLimiterWithoutLimit(b *testing.B) {
	var l pressure.Limiter
	ctx := b.Context()
	for b.Loop() {
		if err := l.Wait(ctx, 256*kib); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLimiterFarBelowItsLimit(b *testing.B) {
	var l pressure.Limiter
	require.NoError(b, l.Set(pressure.Rates{Bytes: math.MaxInt64}))
	ctx := b.Context()
	for b.Loop() {
		if err := l.Wait(ctx, 1); err != nil {
			b.Fatal(err)
		}
	}
}
