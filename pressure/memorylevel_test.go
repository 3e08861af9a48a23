package pressure_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

func TestMemoryLevelNames(t *testing.T) {
	for level, name := range map[pressure.MemoryLevel]string{
		pressure.MemoryNormal:    "normal",
		pressure.MemoryWarning:   "warning",
		pressure.MemoryCritical:  "critical",
		pressure.MemoryEmergency: "emergency",
		pressure.MemoryLevel(-1): "MemoryLevel(-1)",
	} {
		require.Equal(t, name, level.String())
	}
}

func TestAdjustedLimits(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		level   pressure.MemoryLevel
		chunk   int
		max     int
		streams int
		delay   time.Duration
	}{
		{pressure.MemoryNormal, 1 * mib, 1 * mib, 10, 0},
		{pressure.MemoryNormal, 64 * kib, 64 * kib, 10, 0},
		{pressure.MemoryNormal, 0, 4 * kib, 10, 0},
		{pressure.MemoryNormal, -1, 4 * kib, 10, 0},

		{pressure.MemoryWarning, 1 * mib, 768 * kib, 5, 50 * ms},
		{pressure.MemoryWarning, 64 * kib, 48 * kib, 5, 50 * ms},
		{pressure.MemoryWarning, 28 * kib, 20 * kib, 5, 50 * ms}, // 21, cut to the grid
		{pressure.MemoryWarning, 24 * kib, 16 * kib, 5, 50 * ms}, // 18, cut to the grid
		{pressure.MemoryWarning, 20 * kib, 16 * kib, 5, 50 * ms}, // 15, raised to the floor
		{pressure.MemoryWarning, 4 * kib, 16 * kib, 5, 50 * ms},

		{pressure.MemoryCritical, 1 * mib, 512 * kib, 2, 100 * ms},
		{pressure.MemoryCritical, 20 * kib, 8 * kib, 2, 100 * ms}, // 10, cut to the grid
		{pressure.MemoryCritical, 16 * kib, 8 * kib, 2, 100 * ms},
		{pressure.MemoryCritical, 12 * kib, 8 * kib, 2, 100 * ms}, // 6, raised to the floor

		{pressure.MemoryEmergency, 1 * mib, 256 * kib, 1, 200 * ms},
		{pressure.MemoryEmergency, 20 * kib, 4 * kib, 1, 200 * ms}, // 5, cut to the grid
		{pressure.MemoryEmergency, 16 * kib, 4 * kib, 1, 200 * ms},
		{pressure.MemoryEmergency, 4 * kib, 4 * kib, 1, 200 * ms}, // 1, raised to the floor

		{pressure.MemoryLevel(9), 1 * mib, 256 * kib, 1, 200 * ms},
	} {
		require.Equal(t,
			pressure.Adjusted{MaxChunk: tt.max, MaxStreams: tt.streams, ReadDelay: tt.delay},
			tt.level.AdjustedLimits(tt.chunk), "%v, chunks of %d", tt.level, tt.chunk)
	}
}
