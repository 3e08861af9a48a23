package pressure_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// record makes a history of usages that are this far apart.
func record(every time.Duration, usages ...float64) *pressure.History {
	var h pressure.History
	for i, u := range usages {
		h.Add(pressure.Snapshot{Sample: pressure.Sample{At: epoch.Add(time.Duration(i) * every), Memory: memoryAt(u)}})
	}
	return &h
}

func TestHistoryForgetsTheOldest(t *testing.T) {
	for _, size := range []int{1, 2, 7} {
		h := pressure.NewHistory(size)
		require.Empty(t, h.All())
		for i := range 3 * size {
			h.Add(pressure.Snapshot{Sample: pressure.Sample{Streams: i}})
			all := h.All()
			require.Len(t, all, min(i+1, size))
			require.Len(t, all, h.Len())
			for j, s := range all {
				require.Equal(t, i+1-len(all)+j, s.Streams)
			}
		}
	}
	h := pressure.NewHistory(-1)
	h.Add(pressure.Snapshot{})
	require.Equal(t, 1, h.Len())
}

func TestZeroHistoryKeepsFiveMinutes(t *testing.T) {
	var h pressure.History
	require.Zero(t, h.Growth())
	for range 2000 {
		h.Add(pressure.Snapshot{})
	}
	require.Equal(t, 5*60*4, h.Len())
}

func TestGrowthIsTheLeastOfFourSeconds(t *testing.T) {
	const quarter = 250 * time.Millisecond
	// every fourth sample of a second, from a, by a factor each.
	exponential := func(a, perSecond float64, n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = a * math.Pow(1+perSecond, float64(i)/4)
		}
		return out
	}
	for _, tt := range []struct {
		name    string
		every   time.Duration
		usages  []float64
		want    float64
		within  float64
		because string
	}{
		{"none", quarter, nil, 0, 0, ""},
		{"one", quarter, []float64{0.5}, 0, 0, ""},
		{"a quarter short of four seconds", quarter, exponential(0.4, 0.1, 16), 0, 0, ""},
		{"four seconds", quarter, exponential(0.4, 0.1, 17), 0.1, 1e-6, ""},
		{"any second before them does not count", quarter, append([]float64{0.1, 0.9, 0.1, 0.9}, exponential(0.4, 0.05, 17)...), 0.05, 1e-6, ""},
		{"steady", quarter, exponential(0.5, 0, 40), 0, 0, ""},
		{"falling", quarter, exponential(0.5, -0.1, 40), 0, 0, "never negative"},
		{"a step", time.Second, []float64{0.4, 0.4, 0.8, 0.8, 0.8}, 0, 0, "buffers fill once"},
		{"saw-tooth", time.Second, []float64{0.3, 0.4, 0.5, 0.3, 0.4}, 0, 0, "a collector"},
		{"the slowest second", time.Second, []float64{0.4, 0.44, 0.4488, 0.6, 0.9}, 0.02, 1e-9, ""},
		{"from nothing", time.Second, []float64{0, 0.1, 0.2, 0.3, 0.4}, 0, 0, ""},
		{"samples further apart", 2 * time.Second, []float64{0.4, 0.44, 0.484, 0.5324, 0.58564}, 0.05, 1e-9, "per second, whatever the interval"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.InDelta(t, tt.want, record(tt.every, tt.usages...).Growth(), tt.within, tt.because)
		})
	}
}
