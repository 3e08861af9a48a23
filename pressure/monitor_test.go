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

// fakeMemory is a machine whose usage a test sets.
type fakeMemory struct {
	mu      sync.Mutex
	usage   float64 // of the machine
	process float64
	err     error
	reads   int
}

func (f *fakeMemory) set(usage float64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.usage, f.err = usage, err
}

// own makes it the process that takes this much of its ceiling.
func (f *fakeMemory) own(usage float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.process = usage
}

func (f *fakeMemory) read() (pressure.Memory, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.err != nil {
		return pressure.Memory{}, f.err
	}
	m := memoryAt(f.usage)
	m[pressure.SourceProcess] = ownMemory(pressure.SourceProcess, 100*f.process)[pressure.SourceProcess]
	return m, nil
}

// running is a monitor that runs until the bubble of t ends, and its machine.
func running(t *testing.T, o pressure.Options) (*pressure.Monitor, *fakeMemory) {
	t.Helper()
	memory := &fakeMemory{usage: 0.3}
	o.Measure = memory.read
	m, err := pressure.New(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { require.NoError(t, m.Run(ctx)) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	synctest.Wait()
	return m, memory
}

// pass lets this much time pass, and what it wakes come to rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestMonitorSamplesAtItsInterval(t *testing.T) {
	for _, tt := range []struct {
		name     string
		interval time.Duration
		want     int // samples after 10 s
	}{
		{"250 ms by default", 0, 41},
		{"as asked", time.Second, 11},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, memory := running(t, pressure.Options{Interval: tt.interval})
				require.Equal(t, 1, m.Stats().Samples, "the first at once")
				pass(10 * time.Second)
				require.Equal(t, tt.want, m.Stats().Samples)
				require.Equal(t, tt.want, memory.reads)
			})
		})
	}
}

func TestMonitorPublishesLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		require.Equal(t, 10, m.Limits().MaxStreams)
		require.Empty(t, m.Limits().Reason)
		memory.set(0.9, nil)
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.MemoryEmergency, m.Limits().MemoryLevel)
		require.Equal(t, 1, m.Limits().MaxStreams)
		require.Equal(t, "MODERATE (40 points: memory 40, concurrency 0, throughput 0): memory emergency, system memory 858.3 of 953.7 MiB (90 %)", m.Limits().Reason)
		memory.set(0.3, nil)
		pass(time.Second)
		require.Equal(t, pressure.MemoryEmergency, m.Limits().MemoryLevel)
		pass(250 * time.Millisecond)
		require.Equal(t, pressure.MemoryNormal, m.Limits().MemoryLevel)
		require.Equal(t, 2, m.Stats().Changes)
	})
}

func TestMonitorIsOpenWhenItDoesNotLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := &fakeMemory{usage: 0.95}
		m, err := pressure.New(pressure.Options{Measure: memory.read, MaxStreams: 7})
		require.NoError(t, err)
		open := pressure.Limits{MaxChunk: mib, MaxStreams: 7, Multiplier: 1}
		require.Equal(t, open, m.Limits(), "before the first sample")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.NoError(t, m.Run(ctx))
		open.Reason = "the monitor has stopped"
		require.Equal(t, open, m.Limits(), "after the last")
		require.Equal(t, 2, m.Stats().Changes)
		require.Len(t, m.History(), 5, "what was seen can still be looked at")
	})
}

func TestMonitorRunsOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{})
		require.ErrorIs(t, m.Run(t.Context()), pressure.ErrRunning)
	})
}

func TestMonitorAsksItsGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{})
		s := m.Stats().Sample
		require.InDelta(t, -1, s.Throughput, 0, "not known")
		removeUnknown := m.Register(pressure.Gauges{Throughput: func() float64 { return -1 }})
		pass(250 * time.Millisecond)
		require.InDelta(t, -1, m.Stats().Sample.Throughput, 0, "nor by who does not know yet")
		removeUnknown()

		fill := func(v float64) func() float64 { return func() float64 { return v } }
		took := func(d time.Duration) func() time.Duration { return func() time.Duration { return d } }
		streams := func(n int) func() int { return func() int { return n } }
		m.Register(pressure.Gauges{Fill: fill(0.25)})
		remove := m.Register(pressure.Gauges{Fill: fill(0.75), Streams: streams(2), Throughput: fill(3 * mib), ChunkTime: took(20)})
		m.Register(pressure.Gauges{Fill: fill(math.NaN()), Streams: streams(-7), Throughput: fill(math.Inf(1)), ChunkTime: took(0)})
		m.Register(pressure.Gauges{Fill: fill(-4), Streams: streams(3), Throughput: fill(4 * mib), ChunkTime: took(40)})
		m.Register(pressure.Gauges{})
		m.Register(pressure.Gauges{Throughput: fill(-1)})
		pass(250 * time.Millisecond)
		s = m.Stats().Sample
		require.InDelta(t, 0.75, s.Fill, 0, "the fullest")
		require.Equal(t, 5, s.Streams, "the sum")
		require.InDelta(t, 7*mib, s.Throughput, 0, "the sum")
		require.Equal(t, time.Duration(30), s.ChunkTime, "the mean")

		remove()
		remove() // twice does no harm
		pass(250 * time.Millisecond)
		s = m.Stats().Sample
		require.InDelta(t, 0.25, s.Fill, 0)
		require.Equal(t, 3, s.Streams)
		require.InDelta(t, 4*mib, s.Throughput, 0)
		require.Equal(t, time.Duration(40), s.ChunkTime)
	})
}

func TestARemovedGaugeIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := running(t, pressure.Options{Interval: time.Millisecond})
		for range 50 {
			var gone atomic.Bool
			remove := m.Register(pressure.Gauges{Fill: func() float64 {
				require.False(t, gone.Load())
				return 0
			}})
			time.Sleep(3 * time.Millisecond)
			remove()
			gone.Store(true)
			time.Sleep(3 * time.Millisecond)
		}
	})
}

func TestMonitorTellsOfChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		var told []string
		removeFirst := m.OnChange(func(_, _ pressure.Limits) { told = append(told, "first") })
		m.OnChange(func(before, after pressure.Limits) {
			require.Equal(t, after, m.Limits(), "in force when it is told; and the monitor may be called")
			told = append(told, before.MemoryLevel.String()+" to "+after.MemoryLevel.String(), after.Reason)
		})
		pass(time.Minute)
		require.Empty(t, told, "no change, no call")
		memory.set(0.76, nil)
		pass(250 * time.Millisecond)
		reason := "LIGHT (30 points: memory 30, concurrency 0, throughput 0): memory critical, system memory 724.8 of 953.7 MiB (76 %)"
		require.Equal(t, []string{"first", "normal to critical", reason}, told)
		pass(time.Minute)
		require.Len(t, told, 3, "a level that stays is told once")
		removeFirst()
		removeFirst() // twice does no harm
		memory.set(0.3, nil)
		pass(2 * time.Second)
		require.Equal(t, []string{"critical to normal", "NONE (0 points: memory 0, concurrency 0, throughput 0): nothing holds the streams back"}, told[3:])
	})
}

// A ceiling that cannot be held is told of when that is known and when it is over,
// also where no level changes.
func TestMonitorTellsOfACeilingThatCannotBeHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		var told []string
		m.OnChange(func(before, after pressure.Limits) {
			told = append(told, fmt.Sprint(after.Level, " ", after.MemoryLevel, " ", before.Overran(), " to ", after.Overran()))
		})
		memory.own(0.9)
		pass(time.Minute)
		memory.own(0.79) // an emergency no more, but by little
		pass(250 * time.Millisecond)
		require.Equal(t, []string{
			"MODERATE emergency false to false", "MODERATE emergency false to true", "NONE emergency true to true",
			"NONE emergency true to false",
		}, told)
		require.Equal(t, 4, m.Stats().Changes)
	})
}

func TestAReadingThatFailsKeepsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		memory.set(0.9, nil)
		pass(250 * time.Millisecond)
		failure := errors.New("too many open files")
		memory.set(0, failure)
		pass(time.Minute)
		require.Equal(t, pressure.MemoryEmergency, m.Limits().MemoryLevel)
		require.InDelta(t, 0.9, m.Limits().Usage, 0)
		require.ErrorIs(t, m.Stats().Err, failure)
		memory.set(0.3, nil)
		pass(time.Minute)
		require.Equal(t, pressure.MemoryNormal, m.Limits().MemoryLevel)
		require.NoError(t, m.Stats().Err)
	})
}

func TestMonitorKeepsItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{Window: 10 * time.Second})
		pass(time.Minute)
		memory.set(0.9, nil)
		pass(250 * time.Millisecond)
		h := m.History()
		require.Len(t, h, 41)
		require.Equal(t, 10*time.Second, h[40].At.Sub(h[0].At))
		require.Equal(t, pressure.MemoryEmergency, h[40].MemoryLevel)
		require.Equal(t, pressure.Moderate, h[40].Level)
		require.Equal(t, pressure.MemoryNormal, h[39].MemoryLevel)
		require.InDelta(t, 0.9, h[40].Memory.Usage(), 0)
	})
}

func TestMonitorFollowsGrowth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, memory := running(t, pressure.Options{})
		usage, sawWarning := 0.42, false
		for range 40 { // 3 % a second: at 56 % after 10 s
			usage *= math.Pow(1.03, 0.25)
			memory.set(usage, nil)
			pass(250 * time.Millisecond)
			sawWarning = sawWarning || m.Limits().MemoryLevel == pressure.MemoryWarning
		}
		require.True(t, sawWarning, "%v", m.Limits())
		require.Less(t, usage, 0.60)
		require.InDelta(t, 0.03, m.Stats().Sample.Growth, 1e-3)
	})
}

func TestZeroMonitorMeasuresThisMachine(t *testing.T) {
	var m pressure.Monitor
	require.Nil(t, m.History())
	ctx, cancel := context.WithCancel(t.Context())
	m.OnChange(func(_, _ pressure.Limits) {})
	m.Register(pressure.Gauges{Streams: func() int { cancel(); return 0 }})
	require.NoError(t, m.Run(ctx))
	require.Positive(t, m.Stats().Sample.Memory[pressure.SourceProcess].Used)
	require.Equal(t, 10, m.Limits().MaxStreams)
}

func TestNewReportsEveryFaultAtOnce(t *testing.T) {
	_, err := pressure.New(pressure.Options{Thresholds: pressure.Thresholds{Warning: 2, MaxMemory: 1 << 60}, MaxStreams: -1})
	require.Equal(t, []string{"Warning", "MaxMemory", "MaxStreams"}, faultyFields(err))
	require.ErrorContains(t, err, "pressure: MaxMemory is 1152921504606846976: want from 16777216 to the ")
}

// BenchmarkSample is what a sample of ten streams costs without the reading of
// memory, which BenchmarkMeter is.
func BenchmarkSample(b *testing.B) {
	var c pressure.Controller
	h := pressure.NewHistory(1201)
	s := pressure.Sample{At: epoch, Memory: memoryAt(0.55), Fill: 0.7, Streams: 10, Throughput: 8 * mib, ChunkTime: time.Millisecond}
	for b.Loop() {
		s.At = s.At.Add(250 * time.Millisecond)
		s.Growth = h.Growth()
		l := c.Step(s)
		h.Add(pressure.Snapshot{Sample: s, MemoryLevel: l.MemoryLevel, Level: l.Level})
	}
}

func BenchmarkLimits(b *testing.B) {
	m := startMonitor(b)
	for b.Loop() {
		if m.Limits().Paused() {
			b.Fatal("paused")
		}
	}
}

// startMonitor runs one whose machine is idle until the benchmark ends.
func startMonitor(b *testing.B) *pressure.Monitor {
	b.Helper()
	m, err := pressure.New(pressure.Options{Measure: func() (pressure.Memory, error) { return memoryAt(0.3), nil }})
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	wg.Go(func() { require.NoError(b, m.Run(ctx)) })
	b.Cleanup(func() { cancel(); wg.Wait() })
	for m.Stats().Samples == 0 {
		time.Sleep(time.Millisecond)
	}
	return m
}
