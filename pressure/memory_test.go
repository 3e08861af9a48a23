package pressure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

func TestReadingUsage(t *testing.T) {
	for _, tt := range []struct {
		used, limit int64
		want        float64
	}{
		{0, 0, 0},
		{5, 0, 0},
		{5, -1, 0},
		{-5, 10, 0},
		{0, 10, 0},
		{5, 10, 0.5},
		{10, 10, 1},
		{15, 10, 1.5},
	} {
		r := pressure.Reading{Used: tt.used, Limit: tt.limit}
		require.InDelta(t, tt.want, r.Usage(), 1e-12, "%v", r)
	}
}

func TestReadingInWords(t *testing.T) {
	r := pressure.Reading{Source: pressure.SourceProcess, Used: 36 * mib, Limit: 48 * mib}
	require.Equal(t, "process RSS 36.0 of 48.0 MiB (75 %)", r.String())
	require.Equal(t, "cgroup memory not known", pressure.Reading{Source: pressure.SourceCgroup, Used: 7}.String())
	require.Equal(t, "Go heap", pressure.SourceHeap.String())
	require.Equal(t, "system memory", pressure.SourceSystem.String())
	require.Equal(t, "Source(4)", pressure.Source(4).String())
}

func TestLargestReadingDecides(t *testing.T) {
	sources := []pressure.Source{pressure.SourceProcess, pressure.SourceHeap, pressure.SourceSystem, pressure.SourceCgroup}
	for _, largest := range sources {
		t.Run(largest.String(), func(t *testing.T) {
			var m pressure.Memory
			for i, s := range sources {
				m[s] = pressure.Reading{Source: s, Used: int64(1000 * (i + 1)), Limit: int64(10_000 * (i + 1))}
			}
			m[largest].Used *= 8 // of 10 % each
			require.Equal(t, largest, m.Largest().Source)
			require.InDelta(t, 0.8, m.Usage(), 1e-12)
		})
	}
	t.Run("nothing known", func(t *testing.T) {
		require.Zero(t, pressure.Memory{}.Usage())
	})
	t.Run("a reading without a limit decides nothing", func(t *testing.T) {
		m := memoryAt(0.3)
		m[pressure.SourceHeap] = pressure.Reading{Source: pressure.SourceHeap, Used: 1 << 40}
		require.Equal(t, pressure.SourceSystem, m.Largest().Source)
	})
}

// memoryAt is a machine at this usage, and nothing else known. Its limit is a
// round number of bytes, so that a usage in per cent is exact.
func memoryAt(usage float64) pressure.Memory {
	return pressure.Memory{pressure.SourceSystem: {Source: pressure.SourceSystem, Used: int64(usage*1e9 + 0.5), Limit: 1e9}}
}
