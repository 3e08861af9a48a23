package pressure_test

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v3/mem"
	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// measure reads this machine, cgroups aside.
func measure(t *testing.T, o pressure.MeterOptions) pressure.Memory {
	t.Helper()
	o.Root = t.TempDir()
	m, err := pressure.NewMeter(o)
	require.NoError(t, err)
	memory, err := m.Read()
	require.NoError(t, err)
	for i, r := range memory {
		require.Equal(t, pressure.Source(i), r.Source, "each reading names its source")
	}
	return memory
}

func TestMeterReadsTheProcess(t *testing.T) {
	r := measure(t, pressure.MeterOptions{})[pressure.SourceProcess]
	require.EqualValues(t, 50*mib, r.Limit, "by default")
	ballast := make([]byte, 64*mib)
	for i := 0; i < len(ballast); i += os.Getpagesize() {
		ballast[i] = 1
	}
	r = measure(t, pressure.MeterOptions{Ceiling: 200 * mib})[pressure.SourceProcess]
	require.EqualValues(t, 200*mib, r.Limit)
	require.GreaterOrEqual(t, r.Used, int64(64*mib))
	require.Less(t, r.Used, int64(1<<40), "bytes, not pages")
	require.EqualValues(t, 1, ballast[0])
}

func TestMeterReadsTheHeapAgainstTheRuntimesLimit(t *testing.T) {
	old := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(old)
	debug.SetMemoryLimit(math.MaxInt64)
	r := measure(t, pressure.MeterOptions{})[pressure.SourceHeap]
	require.Zero(t, r.Limit, "no limit, no reading")
	debug.SetMemoryLimit(300 * mib)
	ballast := make([]byte, 64*mib)
	r = measure(t, pressure.MeterOptions{})[pressure.SourceHeap]
	require.EqualValues(t, 300*mib, r.Limit)
	require.GreaterOrEqual(t, r.Used, int64(64*mib))
	require.Zero(t, ballast[0])
	runtime.GC() // ballast is not used any more
	require.Less(t, measure(t, pressure.MeterOptions{})[pressure.SourceHeap].Used, r.Used-40*mib)
}

func TestMeterReadsTheSystem(t *testing.T) {
	v, err := mem.VirtualMemory()
	require.NoError(t, err)
	total := float64(v.Total)
	r := measure(t, pressure.MeterOptions{})[pressure.SourceSystem]
	require.InDelta(t, 0.8*total, r.Limit, 1)
	require.InDelta(t, total-float64(v.Available), r.Used, 0.1*total, "the page cache is available")
	r = measure(t, pressure.MeterOptions{SystemShare: 0.5})[pressure.SourceSystem]
	require.InDelta(t, 0.5*total, r.Limit, 1)
}

func TestMeterOptionsReportEveryFaultAtOnce(t *testing.T) {
	_, err := pressure.NewMeter(pressure.MeterOptions{Ceiling: 16*mib - 1, SystemShare: 1.01})
	require.Equal(t, []string{"Ceiling", "SystemShare"}, faultyFields(err))
	_, err = pressure.NewMeter(pressure.MeterOptions{Ceiling: -1, SystemShare: math.NaN()})
	require.Equal(t, []string{"Ceiling", "SystemShare"}, faultyFields(err))
	_, err = pressure.NewMeter(pressure.MeterOptions{Ceiling: 16 * mib, SystemShare: 1})
	require.NoError(t, err)
}

func BenchmarkMeter(b *testing.B) {
	m, err := pressure.NewMeter(pressure.MeterOptions{})
	require.NoError(b, err)
	begin := cpuTime()
	for b.Loop() {
		if _, err := m.Read(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op")
}

// TestASampleCostsLittle is of CPU, not of time: other processes may be running.
func TestASampleCostsLittle(t *testing.T) {
	if cpuTime() == 0 {
		t.Skip("no CPU time on this system")
	}
	m, err := pressure.NewMeter(pressure.MeterOptions{})
	require.NoError(t, err)
	const samples = 100
	least := time.Hour
	for range 5 { // the least of five: another test's garbage is not ours
		begin := cpuTime()
		for range samples {
			_, err := m.Read()
			require.NoError(t, err)
		}
		least = min(least, (cpuTime()-begin)/samples)
	}
	t.Logf("%v of CPU a sample", least)
	require.Less(t, least, time.Millisecond)
}
