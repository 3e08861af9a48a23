package pressure_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// stuck makes every link full and nothing move, with this many streams.
func stuck(streams int) pressure.Gauges {
	return pressure.Gauges{
		Fill:       func() float64 { return 1 },
		Streams:    func() int { return streams },
		Throughput: func() float64 { return 0 },
	}
}

func TestWaitIsNothingWhileNothingIsWrong(t *testing.T) {
	var m pressure.Monitor
	waited, err := m.Wait(t.Context(), 1<<20)
	require.NoError(t, err, "before the first sample")
	require.Zero(t, waited)
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{})
		waited, err := m.Wait(t.Context(), 1<<20)
		require.NoError(t, err)
		require.Zero(t, waited)
	})
}

func TestWaitDrawsTheDelayAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{})
		m.Register(stuck(9)) // HEAVY: 100 to 200 ms
		pass(250 * time.Millisecond)
		seen := make(map[time.Duration]bool)
		for range 100 {
			begin := time.Now()
			waited, err := m.Wait(t.Context(), 1<<20)
			require.NoError(t, err)
			require.Equal(t, time.Since(begin), waited)
			require.GreaterOrEqual(t, waited, 100*time.Millisecond)
			require.LessOrEqual(t, waited, 200*time.Millisecond)
			seen[waited] = true
		}
		require.Greater(t, len(seen), 90)
	})
}

// A small read waits its part of the delay.
func TestWaitOfALittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{})
		m.Register(stuck(9)) // HEAVY: 100 to 200 ms
		pass(250 * time.Millisecond)
		for n, part := range map[int64]float64{-1: 0, 0: 0, 64 << 10: 1. / 16, 1<<20 - 1: 1, 1 << 20: 1, 1 << 40: 1} {
			waited, err := m.Wait(t.Context(), n)
			require.NoError(t, err)
			require.InDelta(t, 150*part, waited.Seconds()*1000, 50*part+0.01, "%d bytes", n)
		}
	})
}

func TestWaitSitsOutAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		remove := m.Register(stuck(9))
		memory.set(0.65, nil) // 20 + 60 points
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.Critical, m.Limits().Level)

		var going atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				waited, err := m.Wait(t.Context(), 1<<20)
				require.NoError(t, err)
				require.Greater(t, waited, time.Hour)
				going.Add(1)
			})
		}
		pass(time.Hour)
		require.Zero(t, going.Load(), "without a bound for as long as it takes")
		remove()
		memory.set(0.3, nil)
		pass(1250 * time.Millisecond)
		wg.Wait()
		require.EqualValues(t, 10, going.Load())
	})
}

// Who has a chunk already is not delayed, only paused.
func TestPauseIsWaitWithoutTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		defer m.Register(stuck(9))()
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.Heavy, m.Limits().Level)
		waited, err := m.Pause(t.Context())
		require.NoError(t, err)
		require.Zero(t, waited)

		memory.set(0.65, nil)
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.Critical, m.Limits().Level)
		time.AfterFunc(time.Minute, func() { memory.set(0.3, nil) })
		waited, err = m.Pause(t.Context())
		require.NoError(t, err)
		require.Greater(t, waited, time.Minute)
		require.Less(t, waited, time.Minute+2*time.Second)
	})
}

// A pause for the program's own memory ends by itself: it would last for ever.
func TestAPauseForTheProgramItselfEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		m.Register(stuck(9))
		memory.own(1.5)
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.Critical, m.Limits().Level)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		_, err := m.Wait(ctx, 64<<10)
		require.NoError(t, err)
		require.Equal(t, 1, m.Limits().MaxStreams)
	})
}

func TestAPauseMayBeBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{MaxPause: time.Minute})
		m.Register(stuck(9))
		memory.set(0.65, nil)
		pass(250 * time.Millisecond)
		waited, err := m.Wait(t.Context(), 1<<20)
		require.ErrorIs(t, err, pressure.ErrPaused)
		require.Equal(t, time.Minute, waited)
		require.EqualError(t, err, "pressure: paused for longer than allowed: 1m0s: "+m.Limits().Reason)
	})
}

func TestAPauseOutlivesAChangeOfMemoryLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{MaxPause: time.Minute})
		m.Register(stuck(9))
		memory.set(0.65, nil)
		pass(250 * time.Millisecond)
		done := make(chan error, 1)
		go func() {
			_, err := m.Wait(t.Context(), 1<<20)
			done <- err
		}()
		pass(30 * time.Second)
		memory.set(0.9, nil) // still CRITICAL, for another reason
		pass(29 * time.Second)
		require.Empty(t, done)
		pass(2 * time.Second)
		require.Len(t, done, 1, "the bound is of the whole pause")
		require.ErrorIs(t, <-done, pressure.ErrPaused)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	for name, usage := range map[string]float64{"in a pause": 0.65, "in a delay": 0.3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, memory := running(t, pressure.Options{})
				m.Register(stuck(9))
				memory.set(usage, nil)
				pass(250 * time.Millisecond)
				cause := errors.New("no longer wanted")
				ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, cause)
				defer cancel()
				waited, err := m.Wait(ctx, 1<<20)
				require.ErrorIs(t, err, cause)
				require.Equal(t, 50*time.Millisecond, waited)
			})
		})
	}
}

func TestWaitEndsWithTheMonitor(t *testing.T) {
	var went chan error // of the bubble
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		went = make(chan error, 1)
		m.Register(stuck(9))
		memory.set(0.65, nil)
		pass(250 * time.Millisecond)
		ctx := context.WithoutCancel(t.Context())
		go func() {
			_, err := m.Wait(ctx, 1<<20)
			went <- err
		}()
		pass(time.Second)
		require.Empty(t, went)
	})
	require.Len(t, went, 1)
}

func BenchmarkWaitAtNone(b *testing.B) {
	m := startMonitor(b)
	ctx := b.Context()
	for b.Loop() {
		if _, err := m.Wait(ctx, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
