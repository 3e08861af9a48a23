package pressure_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// epoch is where the time of tests begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// step is one sample of memory usage, after a while.
type step struct {
	after time.Duration
	usage float64
	want  pressure.MemoryLevel
}

func TestMemoryLevelsRiseAtOnceAndFallLate(t *testing.T) {
	const (
		ms        = time.Millisecond
		normal    = pressure.MemoryNormal
		warning   = pressure.MemoryWarning
		critical  = pressure.MemoryCritical
		emergency = pressure.MemoryEmergency
	)
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"rise by one", []step{{0, 0.59, normal}, {1, 0.60, warning}, {1, 0.75, critical}, {1, 0.85, emergency}}},
		{"rise by all", []step{{0, 0.10, normal}, {1, 0.99, emergency}}},
		{"fall after a second, 5 points below", []step{
			{0, 0.60, warning},
			{250 * ms, 0.549, warning},
			{999 * ms, 0.549, warning},
			{1 * ms, 0.549, normal},
		}},
		{"not while within 5 points", []step{
			{0, 0.60, warning},
			{250 * ms, 0.551, warning},
			{time.Hour, 0.551, warning},
		}},
		{"the second begins anew", []step{
			{0, 0.60, warning},
			{250 * ms, 0.50, warning},
			{900 * ms, 0.58, warning}, // back within the margin
			{900 * ms, 0.50, warning},
			{999 * ms, 0.50, warning},
			{1 * ms, 0.50, normal},
		}},
		{"fall to the highest of the second", []step{
			{0, 0.90, emergency},
			{250 * ms, 0.10, emergency},
			{500 * ms, 0.70, emergency}, // with the margin: critical
			{250 * ms, 0.10, emergency},
			{749 * ms, 0.10, emergency}, // the second began with the 0.70
			{1 * ms, 0.10, critical},
			{250 * ms, 0.10, critical},
			{1000 * ms, 0.10, normal},
		}},
		{"rise while about to fall", []step{
			{0, 0.60, warning},
			{250 * ms, 0.10, warning},
			{900 * ms, 0.80, critical},
			{100 * ms, 0.10, critical},
			{999 * ms, 0.10, critical},
			{1 * ms, 0.10, normal},
		}},
		{"no flapping about a threshold", []step{
			{0, 0.60, warning}, {time.Second, 0.59, warning}, {time.Second, 0.60, warning}, {time.Second, 0.59, warning},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c pressure.Controller
			at := epoch
			for i, s := range tt.steps {
				at = at.Add(s.after)
				l := c.Step(pressure.Sample{At: at, Memory: memoryAt(s.usage)})
				require.Equal(t, s.want, l.MemoryLevel, "step %d", i)
			}
		})
	}
}

func TestLevelsRiseAtOnceAndFallLate(t *testing.T) {
	var c pressure.Controller
	at := epoch
	for i, s := range []struct {
		after time.Duration
		fill  float64 // × 60 points, for 9 streams below 2 MiB/s
		want  pressure.Level
	}{
		{0, 0.5, pressure.None},
		{1, 1, pressure.Heavy},
		{time.Second, 0.96, pressure.Heavy},            // 55.2 points: within 5
		{time.Second, 0.95, pressure.Heavy},            // 54
		{999 * time.Millisecond, 0.95, pressure.Heavy}, // not yet
		{1 * time.Millisecond, 0.95, pressure.Moderate},
		{time.Second, 0.5, pressure.Moderate},
		{time.Second, 0.5, pressure.None},
	} {
		at = at.Add(s.after)
		l := c.Step(pressure.Sample{At: at, Memory: memoryAt(0.3), Streams: 9, Fill: s.fill, Throughput: 1})
		require.Equal(t, s.want, l.Level, "step %d: %v points", i, l.Score())
	}
}

// relapsing is a sample of streams that score 40 points, or 10.
func relapsing(at time.Time, many bool) pressure.Sample {
	s := pressure.Sample{At: at, Memory: memoryAt(0.3), Streams: 3, Fill: 1, Throughput: 9 * mib}
	if many {
		s.Streams = 9
	}
	return s
}

func TestALevelThatKeepsComingBackSettles(t *testing.T) {
	var c pressure.Controller
	at, quarter := epoch, 250*time.Millisecond
	// The level lets 3 streams run, which are too few for it to last; then there
	// are 9 again.
	var lasted []time.Duration
	for range 8 {
		require.Equal(t, pressure.Moderate, c.Step(relapsing(at, true)).Level)
		began := at.Add(quarter)
		for at = began; c.Step(relapsing(at, false)).Level == pressure.Moderate; at = at.Add(quarter) {
		}
		lasted = append(lasted, at.Sub(began))
		at = at.Add(5 * time.Second)
	}
	const s = time.Second
	require.Equal(t, []time.Duration{1 * s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s, 30 * s}, lasted)

	at = at.Add(5 * time.Second) // ten since it fell: it was right to fall
	c.Step(relapsing(at, true))
	c.Step(relapsing(at.Add(quarter), false))
	require.Equal(t, pressure.Moderate, c.Step(relapsing(at.Add(quarter+s-1), false)).Level)
	require.Equal(t, pressure.None, c.Step(relapsing(at.Add(quarter+s), false)).Level)
}

func TestAPauseIsNeverHeldLonger(t *testing.T) {
	var c pressure.Controller
	at := epoch
	for range 5 {
		paused := pressure.Sample{At: at, Memory: memoryAt(0.75), Streams: 9, Fill: 1}
		require.Equal(t, pressure.Critical, c.Step(paused).Level)
		paused.At, paused.Fill = at.Add(time.Second), 0
		require.Equal(t, pressure.Critical, c.Step(paused).Level)
		paused.At = at.Add(2 * time.Second)
		require.Equal(t, pressure.Light, c.Step(paused).Level)
		at = at.Add(3 * time.Second)
	}
}
