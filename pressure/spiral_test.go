package pressure_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// run lets p work for n stretches under the control that build returns, in a
// bubble, and logs what was seen.
func run(t *testing.T, name string, p *plant, stretch time.Duration, n int, build func(t *testing.T) control) (c curve) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		by := build(t)
		done := make(chan struct{})
		go func() { p.run(ctx, by); close(done) }()
		c = observe(ctx, name, p, by, stretch, n)
		cancel()
		<-done
	})
	c.log(t)
	return c
}

// underOurs is our control of p, on a machine with this memory in use.
func underOurs(p *plant, usage float64) func(t *testing.T) control {
	return func(t *testing.T) control {
		t.Helper()
		m, memory := running(t, pressure.Options{})
		memory.set(usage, nil)
		m.Register(p.gauges())
		return ours{m}
	}
}

// underTheirs is the specification's, whose memory reading says this.
func underTheirs(p *plant, usage float64) func(t *testing.T) control {
	return func(*testing.T) control { return newTheirs(usage, p.gauges()) }
}

const (
	// ourUsage is what our readings find: 15 MiB of the 50 that the process may have.
	ourUsage = 0.30
	// theirUsage is heapUsed over heapTotal of the same process: of a heap that
	// grows when it must, three quarters are in use whenever nothing is wrong.
	theirUsage = 0.75
	endless    = 1 << 40 // bytes
)

// TestASlowSinkIsNotStarved has ten streams before a sink of 5 MB/s, for ten
// minutes. Under ours the sink is never without work; under the specification's
// formulas a machine with nothing wrong ends up with one stream and a twentieth
// of its speed.
func TestASlowSinkIsNotStarved(t *testing.T) {
	const stretch, stretches = 30 * time.Second, 20
	for _, tt := range []struct {
		name            string
		fileSize, chunk int
	}{
		{"large files in chunks of 256 KiB", endless, 256 * kib},
		{"files of 64 MiB in chunks of 128 KiB", 64 * mib, 128 * kib},
		{"files of 4 MiB in chunks of 64 KiB", 4 * mib, 64 * kib},
		{"files of 4 MiB in chunks of 32 KiB", 4 * mib, 32 * kib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			build := func() *plant {
				return &plant{streams: 10, fileSize: tt.fileSize, chunk: tt.chunk, link: 4, source: 1e9, sink: 5e6}
			}
			p := build()
			c := run(t, "ours", p, stretch, stretches, underOurs(p, ourUsage))
			require.GreaterOrEqual(t, c.share, 0.95)
			for i, share := range c.shares[1:] {
				require.GreaterOrEqual(t, share, 0.9, "stretch %d", i+1)
			}
			require.Positive(t, c.fewest, "streams keep running")
			require.Zero(t, c.failed)
			require.Less(t, c.changes, 60, "the level settles")

			p = build()
			theirs := run(t, "the specification's", p, stretch, stretches, underTheirs(p, theirUsage))
			require.Less(t, theirs.share, 0.25)

			p = build()
			run(t, "the specification's, with our reading of memory", p, stretch, stretches, underTheirs(p, ourUsage))
		})
	}
}

// TestHealthyStreamsAreNotHeldBack has ten streams before a sink that is as fast
// as disks and hashes are. Every link is full, as before any stage at work.
func TestHealthyStreamsAreNotHeldBack(t *testing.T) {
	for name, sink := range map[string]float64{"20 MB/s": 20e6, "200 MB/s": 200e6, "1 GB/s": 1e9} {
		t.Run(name, func(t *testing.T) {
			build := func() *plant {
				return &plant{streams: 10, fileSize: endless, chunk: 256 * kib, link: 4, source: 5e9, sink: sink}
			}
			p := build()
			c := run(t, "ours", p, 5*time.Second, 6, underOurs(p, ourUsage))
			require.GreaterOrEqual(t, c.share, 0.99)
			require.Zero(t, c.changes, "NONE from the first moment on")
			require.EqualValues(t, 10, c.fewest)
			p = build()
			run(t, "the specification's", p, 5*time.Second, 6, underTheirs(p, theirUsage))
		})
	}
}

// TestPressureComesAndGoes fills the machine's memory while ten streams run, and
// frees it: they are held up, and then go on as before; none has failed.
func TestPressureComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plant{streams: 10, fileSize: 8 * mib, chunk: 128 * kib, link: 4, source: 1e9, sink: 50e6}
		m, memory := running(t, pressure.Options{})
		m.Register(p.gauges())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { p.run(ctx, ours{m}); close(done) }()

		moved := func(d time.Duration) float64 {
			before := p.moved.Load()
			pass(d)
			return float64(p.moved.Load()-before) / (p.sink * d.Seconds())
		}
		pass(5 * time.Second)
		require.Greater(t, moved(10*time.Second), 0.99)

		memory.set(0.9, nil)
		pass(2 * time.Minute) // for the streams that are over the width to end
		require.Equal(t, pressure.MemoryEmergency, m.Limits().MemoryLevel)
		held := moved(10 * time.Second)
		require.Less(t, held, 0.1)
		require.Positive(t, held, "and goes on")
		require.EqualValues(t, 1, p.running.Load())

		memory.set(0.3, nil)
		pass(5 * time.Second)
		require.EqualValues(t, 10, p.running.Load())
		require.Greater(t, moved(10*time.Second), 0.99)
		require.Zero(t, p.failed.Load())
		cancel()
		<-done
	})
}
