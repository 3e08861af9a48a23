package pressure_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

func TestMemoryLevelOfUsage(t *testing.T) {
	for _, tt := range []struct {
		usage float64
		want  pressure.MemoryLevel
	}{
		{math.NaN(), pressure.MemoryNormal},
		{-1, pressure.MemoryNormal},
		{0, pressure.MemoryNormal},
		{below(0.60), pressure.MemoryNormal},
		{0.60, pressure.MemoryWarning},
		{above(0.60), pressure.MemoryWarning},
		{below(0.75), pressure.MemoryWarning},
		{0.75, pressure.MemoryCritical},
		{above(0.75), pressure.MemoryCritical},
		{below(0.85), pressure.MemoryCritical},
		{0.85, pressure.MemoryEmergency},
		{above(0.85), pressure.MemoryEmergency},
		{1.7, pressure.MemoryEmergency},
		{math.Inf(1), pressure.MemoryEmergency},
	} {
		require.Equal(t, tt.want, pressure.Thresholds{}.Level(tt.usage), "usage %v", tt.usage)
	}
}

func TestMemoryLevelOfGrowth(t *testing.T) {
	const usage = 0.5
	for _, tt := range []struct {
		growth, usage float64
		want          pressure.MemoryLevel
	}{
		{0.02, usage, pressure.MemoryNormal},
		{above(0.02), usage, pressure.MemoryWarning},
		{0.05, usage, pressure.MemoryWarning},
		{above(0.05), usage, pressure.MemoryCritical},
		{0.10, usage, pressure.MemoryCritical},
		{above(0.10), usage, pressure.MemoryEmergency},
		{9, below(0.40), pressure.MemoryNormal},
		{9, 0.40, pressure.MemoryNormal},
		{9, above(0.40), pressure.MemoryEmergency},
		{-9, usage, pressure.MemoryNormal},
		{math.NaN(), usage, pressure.MemoryNormal},
		{9, math.NaN(), pressure.MemoryEmergency},
	} {
		require.Equal(t, tt.want, pressure.Thresholds{}.GrowthLevel(tt.growth, tt.usage), "growth %v at %v", tt.growth, tt.usage)
	}
}

func TestEmergencyTriggerOfTheProcess(t *testing.T) {
	at := func(rss int64) pressure.Memory {
		return pressure.Memory{{Source: pressure.SourceProcess, Used: rss, Limit: 1 << 40}}
	}
	for _, tt := range []struct {
		name string
		t    pressure.Thresholds
		rss  int64
		want pressure.MemoryLevel
	}{
		{"below 100 MiB", pressure.Thresholds{}, 100*mib - 1, pressure.MemoryNormal},
		{"100 MiB", pressure.Thresholds{}, 100 * mib, pressure.MemoryEmergency},
		{"above 100 MiB", pressure.Thresholds{}, 100*mib + 1, pressure.MemoryEmergency},
		{"below a larger ceiling", pressure.Thresholds{MaxMemory: 300 * mib}, 300*mib - 1, pressure.MemoryNormal},
		{"at a larger ceiling", pressure.Thresholds{MaxMemory: 300 * mib}, 300 * mib, pressure.MemoryEmergency},
		{"one that was set", pressure.Thresholds{EmergencyTrigger: 70 * mib}, 70 * mib, pressure.MemoryEmergency},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, tt.t.MemoryLevel(at(tt.rss)))
		})
	}
}

func TestShouldStream(t *testing.T) {
	for _, tt := range []struct {
		name  string
		level pressure.MemoryLevel
		from  int64 // the least size that is streamed
	}{
		{"normal", pressure.MemoryNormal, 1 * mib},
		{"warning", pressure.MemoryWarning, 512*kib + 1},
		{"critical", pressure.MemoryCritical, 256*kib + 1},
		{"emergency", pressure.MemoryEmergency, 256*kib + 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for size, want := range map[int64]bool{
				math.MinInt64: false, -1: false, 0: false, 1: false,
				tt.from - 1: false, tt.from: true, tt.from + 1: true,
				1*mib - 1: tt.from < 1*mib, 1 * mib: true, math.MaxInt64: true,
			} {
				require.Equal(t, want, pressure.Thresholds{}.ShouldStream(size, tt.level), "%d bytes", size)
			}
		})
	}
	t.Run("the trigger moves all three", func(t *testing.T) {
		half := pressure.Thresholds{StreamingTrigger: 512 * kib}
		require.False(t, half.ShouldStream(512*kib-1, pressure.MemoryNormal))
		require.True(t, half.ShouldStream(512*kib, pressure.MemoryNormal))
		require.False(t, half.ShouldStream(256*kib, pressure.MemoryWarning))
		require.True(t, half.ShouldStream(256*kib+1, pressure.MemoryWarning))
		require.False(t, half.ShouldStream(128*kib, pressure.MemoryCritical))
		require.True(t, half.ShouldStream(128*kib+1, pressure.MemoryCritical))
	})
}

func TestThresholdsReportEveryFaultAtOnce(t *testing.T) {
	const memory = 64 * mib
	for _, tt := range []struct {
		name   string
		t      pressure.Thresholds
		fields []string
	}{
		{"defaults", pressure.Thresholds{}, nil},
		{"all wrong", pressure.Thresholds{
			Warning: -1, Critical: 1.1, Emergency: math.NaN(), MaxMemory: -1, EmergencyTrigger: 1, SystemShare: math.Inf(1), StreamingTrigger: -5, Multiplier: 2,
		}, []string{"Warning", "Critical", "Emergency", "SystemShare", "Multiplier", "MaxMemory", "EmergencyTrigger", "StreamingTrigger"}},
		{"equal", pressure.Thresholds{Warning: 0.75, Emergency: 0.75}, []string{"Warning", "Critical"}},
		{"warning above critical", pressure.Thresholds{Warning: 0.8}, []string{"Warning"}},
		{"critical above emergency", pressure.Thresholds{Critical: 0.9}, []string{"Critical"}},
		{"least memory", pressure.Thresholds{MaxMemory: 16 * mib}, nil},
		{"less than that", pressure.Thresholds{MaxMemory: 16*mib - 1}, []string{"MaxMemory"}},
		{"all of the memory", pressure.Thresholds{MaxMemory: memory}, nil},
		{"more than there is", pressure.Thresholds{MaxMemory: memory + 1}, []string{"MaxMemory"}},
		{"one chunk", pressure.Thresholds{StreamingTrigger: 4096}, nil},
		{"less than a chunk", pressure.Thresholds{StreamingTrigger: 4095}, []string{"StreamingTrigger"}},
		{"the largest chunk", pressure.Thresholds{StreamingTrigger: 1 * mib}, nil},
		{"more than a chunk", pressure.Thresholds{StreamingTrigger: 1*mib + 1}, []string{"StreamingTrigger"}},
		{"a whole share", pressure.Thresholds{SystemShare: 1, Multiplier: 1}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.fields, faultyFields(tt.t.Validate(memory)))
		})
	}
	require.EqualError(t, pressure.Thresholds{MaxMemory: 1024}.Validate(memory),
		"pressure: MaxMemory is 1024: want from 16777216 to the 67108864 bytes of memory that there are, for example 52428800")
	require.EqualError(t, pressure.Thresholds{Warning: 0.9}.Validate(0),
		"pressure: Warning is 0.9: want less than Critical, which is 0.75")
	require.EqualError(t, pressure.Thresholds{StreamingTrigger: 100 * mib}.Validate(0),
		"pressure: StreamingTrigger is 104857600: want from 4096 to 1048576")
	require.NoError(t, pressure.Thresholds{MaxMemory: 1 << 50}.Validate(0), "how much there is is not known")
	require.Error(t, pressure.Thresholds{MaxMemory: 1}.Validate(0))
}

// faultyFields are the fields that err names, in order.
func faultyFields(err error) (fields []string) {
	switch e := err.(type) { //nolint:errorlint // walking a join, not looking for one
	case *pressure.OptionError:
		return []string{e.Field}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			fields = append(fields, faultyFields(inner)...)
		}
	}
	return fields
}
