package stages_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// machine is a control on a machine whose memory is as short as it is told to be.
type machine struct {
	*stages.Control
	usage   atomic.Int64 // percent
	program atomic.Int64 // bytes that the process takes beside its chunks
}

func newMachine(t *testing.T, o stages.ControlOptions) *machine {
	t.Helper()
	m := new(machine)
	o.Pressure.Measure = func() (pressure.Memory, error) {
		return pressure.Memory{
			pressure.SourceProcess: {Used: m.program.Load() + m.Pool().Allocated(), Limit: 50 << 20},
			pressure.SourceSystem:  {Source: pressure.SourceSystem, Used: m.usage.Load(), Limit: 100},
		}, nil
	}
	var err error
	m.Control, err = stages.NewControl(o)
	require.NoError(t, err)
	m.usage.Store(30)
	return m
}

// run runs the control until the function that it returns is called.
func (m *machine) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- m.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

func TestControlRefusesBadOptions(t *testing.T) {
	for name, o := range map[string]stages.ControlOptions{
		"chunk: sizing: Size is 5000 bytes": {Chunk: 5000},
		"pressure: Bytes is -1":             {Rates: pressure.Rates{Bytes: -1}},
		"StreamingTrigger is 104857600: want from 4096 to 1048576": {
			Pressure: pressure.Options{Thresholds: pressure.Thresholds{StreamingTrigger: 100 << 20}},
		},
		"pressure: MaxMemory is 1024: want from ": {Pressure: pressure.Options{Thresholds: pressure.Thresholds{MaxMemory: 1 << 10}}},
	} {
		_, err := stages.NewControl(o)
		require.ErrorContains(t, err, name)
	}
}

// The chunks' memory is what keeps a healthy process below a half of its ceiling.
func TestControlBudget(t *testing.T) {
	for mib, want := range map[int64]int64{16: 2 << 20, 32: 3 << 20, 36: 5 << 20, 48: 48 << 20 / 5, 1000: 200 << 20} {
		c := newMachine(t, stages.ControlOptions{Pressure: pressure.Options{Thresholds: pressure.Thresholds{MaxMemory: mib << 20}}})
		require.InDelta(t, want, c.Pool().Budget(), 1, "%d MiB", mib)
	}
}

// The budget shrinks with the memory level, idle memory goes in an emergency, and
// all is as before when memory is there again.
func TestControlLetsMemoryGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, stages.ControlOptions{})
		stop := m.run(t)
		whole := m.Pool().Budget()
		fill := func() {
			c, err := m.Pool().Get(t.Context(), stages.MaxChunk)
			require.NoError(t, err)
			c.Release()
		}
		fill()
		require.EqualValues(t, stages.MaxChunk, m.Pool().Idle())
		require.Equal(t, 1, m.Stats().Kept.ByKind[cleanup.Buffer])
		for _, at := range []struct {
			usage int64
			share float64
		}{{65, 0.75}, {78, 0.5}, {90, 0.25}} {
			m.usage.Store(at.usage)
			time.Sleep(time.Second)
			require.InDelta(t, at.share*float64(whole), m.Pool().Budget(), 1, "at %d %%", at.usage)
		}
		m.usage.Store(30)
		time.Sleep(3 * time.Second)
		require.Equal(t, whole, m.Pool().Budget())

		m.usage.Store(90)
		fill()
		time.Sleep(260 * time.Millisecond) // one sample, and too early to be trimmed
		require.Zero(t, m.Pool().Idle(), "an emergency")
		require.EqualValues(t, 2, m.Stats().Kept.Releases, "one in each emergency")
		m.usage.Store(30)
		time.Sleep(3 * time.Second)

		fill()
		time.Sleep(260 * time.Millisecond)
		require.EqualValues(t, stages.MaxChunk, m.Pool().Idle())
		time.Sleep(260 * time.Millisecond)
		require.Zero(t, m.Pool().Idle(), "idle memory does not stay for ever either")
		stop()
	})
}

// At every level a stream ends right, with chunks no larger than the level allows.
// The memory of a control that is done with is not left mapped, and a second Run does
// not end what the first one holds.
func TestControlEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := stages.NewControl(stages.ControlOptions{})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		synctest.Wait()
		chunk, err := c.Pool().Get(t.Context(), 1<<20)
		require.NoError(t, err)
		chunk.Release()
		require.ErrorIs(t, c.Run(ctx), pressure.ErrRunning)
		require.EqualValues(t, 1<<20, c.Pool().Allocated())
		stop()
		require.NoError(t, <-ended)
		require.Zero(t, c.Pool().Allocated())
	})
}

func TestControlLevels(t *testing.T) {
	data := pattern(3<<20 + 17)
	for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
		// What a chunk of 1 MiB may be, and what is asked for where 64 KiB is the class:
		// the sizer's own share and then the level's.
		for usage, most := range map[int64][2]int{
			30: {1 << 20, 80 << 10}, 65: {768 << 10, 48 << 10}, 78: {512 << 10, 28 << 10}, 90: {256 << 10, 12 << 10},
		} {
			t.Run(fmt.Sprintf("%v, memory at %d %%", a, usage), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMachine(t, stages.ControlOptions{})
					m.usage.Store(usage)
					stop := m.run(t)
					time.Sleep(time.Second)
					set, largest := digest.NewSet(a), 0
					require.NoError(t, stages.Transfer{
						Source: newMemory(data), Set: set, Control: m.Control, Arrived: func(n int) { largest = max(largest, n) },
					}.Run(t.Context()))
					require.Equal(t, sumOf(a, data), set.Sums()[0])
					require.LessOrEqual(t, largest, most[0])
					if a == digest.SHA256 {
						require.LessOrEqual(t, m.Stats().Chunk, most[1])
					}
					require.Equal(t, usage > 60, m.Stats().Lost.Levels > 0, "delays")
					require.Zero(t, m.Pool().Live())
					stop()
				})
			})
		}
	}
}

// A chunk that was read before the level rose is cut to what is left.
func TestControlCutsWhatHasBeenRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, largest := newMachine(t, stages.ControlOptions{}), 0
		m.usage.Store(90)
		stop := m.run(t)
		time.Sleep(time.Second)
		require.NoError(t, stages.Transfer{
			Source: newMemory(pattern(3 << 20)), Set: digest.NewSet(digest.CRC32C), Control: m.Control,
			Sizer: stages.Fixed(1 << 20), Arrived: func(n int) { largest = max(largest, n) },
		}.Run(t.Context()))
		require.Equal(t, 256<<10, largest)
		stop()
	})
}

// A chunk that was read before a pause waits for its end too.
func TestControlPausesWhatHasBeenRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := paused(t)
		stop := m.run(t)
		time.Sleep(time.Second)
		require.True(t, m.Limits().Paused())
		time.AfterFunc(time.Hour, func() { m.usage.Store(30) })
		start := time.Now()
		require.NoError(t, m.Wait(t.Context(), 1))
		require.Greater(t, time.Since(start), time.Hour)
		stop()
	})
}

// paused is a machine that pauses all streams once it runs.
func paused(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, stages.ControlOptions{})
	m.usage.Store(90)
	m.Monitor().Register(pressure.Gauges{ // links that are full and a sink that is slow
		Fill: func() float64 { return 1 }, Streams: func() int { return 9 }, Throughput: func() float64 { return 0 },
	})
	return m
}

// A pause holds streams where they are, and they go on after it.
func TestControlPausesStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := paused(t)
		stop := m.run(t)
		time.Sleep(time.Second)
		require.True(t, m.Limits().Paused())
		data, set := pattern(2<<20), digest.NewSet(digest.SHA256)
		time.AfterFunc(time.Hour, func() { m.usage.Store(30) })
		start := time.Now()
		require.NoError(t, stages.Transfer{Source: newMemory(data), Set: set, Control: m.Control}.Run(t.Context()))
		require.Greater(t, time.Since(start), time.Hour)
		require.Equal(t, sumOf(digest.SHA256, data), set.Sums()[0])
		stop()
	})
}

// A process that is above its ceiling without any chunk has nothing to wait for: its
// stream goes on, with the smallest chunks.
func TestControlGoesOnAboveTheCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := paused(t)
		m.usage.Store(30)
		m.program.Store(51 << 20)
		stop := m.run(t)
		synctest.Wait()
		require.True(t, m.Limits().Paused())
		data, set, largest := pattern(2<<20), digest.NewSet(digest.SHA256), 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, stages.Transfer{
			Source: newMemory(data), Set: set, Control: m.Control, Arrived: func(n int) { largest = max(largest, n) },
		}.Run(ctx))
		require.Equal(t, sumOf(digest.SHA256, data), set.Sums()[0])
		require.Equal(t, 4<<10, largest)
		require.True(t, m.Limits().Overran())
		require.Less(t, m.Pool().Allocated(), int64(256<<10))
		stop()
	})
}

// What CeilingFor says is enough for a program and all of its chunks to be below a half
// of it.
func TestCeilingFor(t *testing.T) {
	for _, program := range []int64{1, 10 << 20, 40 << 20, 1 << 30} {
		ceiling := stages.CeilingFor(program) + 1<<20
		c := newMachine(t, stages.ControlOptions{Pressure: pressure.Options{Thresholds: pressure.Thresholds{MaxMemory: max(16<<20, ceiling)}}})
		require.LessOrEqual(t, program+c.Pool().Budget(), max(16<<20, ceiling)/2, "%d", program)
		require.Less(t, ceiling, 4*program+2<<20, "and no more than that takes")
	}
}

// A rate holds all streams together, and follows what is set while they run.
func TestControlRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, stages.ControlOptions{Rates: pressure.Rates{Bytes: 1 << 20}})
		start := time.Now()
		time.AfterFunc(4*time.Second, func() { require.NoError(t, m.Limiter().Set(pressure.Rates{Bytes: 4 << 20})) })
		require.NoError(t, stages.Transfer{
			Source: newMemory(pattern(20 << 20)), Set: digest.NewSet(digest.CRC32C), Control: m.Control,
		}.Run(t.Context()))
		require.InDelta(t, 8, time.Since(start).Seconds(), 0.4, "4 MiB in 4 s, and 16 in 4 more")
		require.Positive(t, m.Stats().Lost.Rates)
		require.LessOrEqual(t, m.Stats().Chunk, 4<<20/20)
	})
}

// Each of many streams gets chunks of which two fit its share of the memory.
func TestControlSharesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, stages.ControlOptions{})
		const others = 39
		ctx, cancel := context.WithCancel(t.Context())
		var group errgroup.Group
		for range others {
			source := newMemory(pattern(1))
			source.wrap = func(io.Reader) io.Reader { return stalling(ctx.Done()) }
			group.Go(func() error {
				return stages.Transfer{Source: source, Set: digest.NewSet(digest.CRC32C), Control: m.Control}.Run(ctx)
			})
		}
		synctest.Wait()
		for _, size := range []int{16 << 20, stages.StreamingTrigger - 1} {
			largest := 0
			require.NoError(t, stages.Transfer{
				Source: newMemory(pattern(size)), Set: digest.NewSet(digest.CRC32C), Control: m.Control,
				Arrived: func(n int) { largest = max(largest, n) },
			}.Run(t.Context()))
			require.LessOrEqual(t, 2*(others+1)*largest, int(m.Pool().Budget()), "%d bytes", size)
			require.Greater(t, 5*(others+1)*largest, int(m.Pool().Budget()), "it takes what there is")
		}
		cancel()
		require.ErrorIs(t, group.Wait(), context.Canceled)
	})
}

// stalling has nothing to read until it is closed.
type stalling <-chan struct{}

func (s stalling) Read([]byte) (int, error) {
	<-s
	return 0, context.Canceled
}

// A size that was set is that of every chunk.
func TestControlChunk(t *testing.T) {
	m := newMachine(t, stages.ControlOptions{Chunk: 16 << 10})
	var sizes []int
	require.NoError(t, stages.Transfer{
		Source: newMemory(pattern(2<<20 + 1)), Set: digest.NewSet(digest.CRC32C), Control: m.Control,
		Arrived: func(n int) { sizes = append(sizes, n) },
	}.Run(t.Context()))
	for _, n := range sizes[:len(sizes)-1] {
		require.Equal(t, 16<<10, n)
	}
	s := m.Stats()
	require.EqualValues(t, 2<<20+1, s.Bytes)
	require.EqualValues(t, len(sizes), s.Chunks)
	require.Equal(t, 16<<10, s.Chunk)
	require.Positive(t, s.P99)
	require.Equal(t, s.P99, m.Latency().Quantile(0.99))
	var links []string
	for _, l := range s.Links {
		links = append(links, l.From+" → "+l.To)
	}
	require.Equal(t, []string{"read → size", "size → throttle", "throttle → checksum", "checksum → sink"}, links)
}

// A stream that is below the streaming trigger is counted like any other, at a few
// allocations: there may be a million of them.
func TestControlCountsSmallStreams(t *testing.T) {
	m := newMachine(t, stages.ControlOptions{})
	small, set := newMemory(pattern(20_000)), digest.NewSet(digest.CRC32C)
	allocations := testing.AllocsPerRun(99, func() {
		set.Reset()
		require.NoError(t, stages.Transfer{Source: small, Set: set, Control: m.Control}.Run(t.Context()))
	})
	s := m.Stats()
	require.EqualValues(t, 100*20_000, s.Bytes)
	require.EqualValues(t, 100, s.Chunks)
	require.Positive(t, s.P99)
	require.Less(t, allocations, 20.0)
}
