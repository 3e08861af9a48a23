package bench_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/pressure"
)

// once is one run of f.
func once(t *testing.T, f func(context.Context, *bench.Probe) error) bench.Result {
	t.Helper()
	report, err := bench.Sweep{Rounds: 1, Variants: []bench.Variant{{Name: "once", Run: f}}}.Run(t.Context())
	require.NoError(t, err)
	return report.Results[0]
}

// However long a run lasts, no more moments are kept than a plot has room for, and they
// are equally far apart, over all of it.
func TestMomentsAreSpreadOverTheRun(t *testing.T) {
	for _, d := range []time.Duration{0, 11 * time.Millisecond, time.Second, time.Minute, 10 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			moments := once(t, func(_ context.Context, p *bench.Probe) error {
				p.Observe(func() bench.State {
					return bench.State{Fills: []bench.Fill{{From: "a", To: "b", Share: 0.5}}, Level: pressure.Heavy}
				})
				time.Sleep(d)
				return nil
			}).Moments
			require.Less(t, len(moments), 128)
			require.GreaterOrEqual(t, len(moments), min(63, int(d/(4*time.Millisecond)-1)))
			if len(moments) == 0 {
				return
			}
			require.Equal(t, bench.Fill{From: "a", To: "b", Share: 0.5}, moments[0].Fills[0])
			require.Equal(t, pressure.Heavy, moments[0].Level)
			apart := moments[0].At
			for i, m := range moments {
				require.Equal(t, time.Duration(i+1)*apart, m.At)
			}
			require.GreaterOrEqual(t, moments[len(moments)-1].At+2*apart, d)
		})
	}
}

// What somebody else counts adds to what the run tells.
func TestStateCounts(t *testing.T) {
	r := once(t, func(_ context.Context, p *bench.Probe) error {
		p.Arrived(5)
		p.Observe(func() bench.State { return bench.State{Bytes: 100, Items: 10} })
		p.Observe(func() bench.State { return bench.State{Bytes: 1000, Items: 20} })
		return nil
	}).Runs[0]
	require.EqualValues(t, 1105, r.Bytes)
	require.EqualValues(t, 31, r.Items)
}

// Quantiles are of the items of all runs together.
func TestLatencyOfAllRuns(t *testing.T) {
	took := time.Millisecond
	report, err := bench.Sweep{Rounds: 2, Variants: []bench.Variant{{
		Name: "a",
		Run: func(_ context.Context, p *bench.Probe) error {
			for range 100 {
				p.Took(took)
			}
			took *= 100
			return nil
		},
	}}}.Run(t.Context())
	require.NoError(t, err)
	q := report.Results[0].Latency
	require.EqualValues(t, 200, q.Count)
	require.InDelta(t, 0.001, q.P50.Seconds(), 0.0003)
	require.InDelta(t, 0.1, q.P99.Seconds(), 0.03)
}

// The peak is that of the run, and not that of the one before it.
func TestPeakBelongsToTheRun(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a run is known on Linux only")
	}
	const much = 96 << 20
	bytes := much
	report, err := bench.Sweep{Rounds: 2, Variants: []bench.Variant{{
		Name: "a",
		Run: func(context.Context, *bench.Probe) error {
			held := make([]byte, bytes)
			for i := 0; i < len(held); i += 4096 {
				held[i] = 1
			}
			runtime.KeepAlive(held)
			bytes = 1
			debug.FreeOSMemory() // of held, which is not used any more
			return nil
		},
	}}}.Run(t.Context())
	require.NoError(t, err)
	runs := report.Results[0].Runs
	require.Greater(t, runs[0].PeakRSS, int64(much))
	require.Less(t, runs[1].PeakRSS, runs[0].PeakRSS-much/2)
	require.Equal(t, runs[0].PeakRSS, report.Results[0].PeakRSS())
}

// A run that keeps a core busy has taken its time.
func TestCPUTime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the CPU time is not known on Windows")
	}
	r := once(t, func(context.Context, *bench.Probe) error {
		for began, n := time.Now(), 0; time.Since(began) < 100*time.Millisecond; n++ {
			runtime.KeepAlive(n)
		}
		return nil
	}).Runs[0]
	require.Positive(t, r.CPU)
}
