package sizing_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/sizing"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

func TestClass(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fileSize int64
		want     int
	}{
		{"least", math.MinInt64, 64 * kib},
		{"not known", -1, 64 * kib},
		{"empty", 0, 32 * kib},
		{"one byte", 1, 32 * kib},
		{"below 1 MiB", 1*mib - 1, 32 * kib},
		{"1 MiB", 1 * mib, 64 * kib},
		{"above 1 MiB", 1*mib + 1, 64 * kib},
		{"below 10 MiB", 10*mib - 1, 64 * kib},
		{"10 MiB", 10 * mib, 128 * kib},
		{"above 10 MiB", 10*mib + 1, 128 * kib},
		{"below 100 MiB", 100*mib - 1, 128 * kib},
		{"100 MiB", 100 * mib, 256 * kib},
		{"above 100 MiB", 100*mib + 1, 256 * kib},
		{"largest", math.MaxInt64, 256 * kib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, sizing.Class(tt.fileSize))
		})
	}
}

func TestMemoryAdjustsTheSize(t *testing.T) {
	above, below := math.Inf(1), math.Inf(-1)
	for _, tt := range []struct {
		name  string
		usage float64
		want  int // of a class of 64 KiB
	}{
		{"nothing in use", 0, 80 * kib},
		{"just below 40 %", math.Nextafter(0.40, below), 80 * kib},
		{"40 %", 0.40, 64 * kib},
		{"just above 40 %", math.Nextafter(0.40, above), 64 * kib},
		{"just below 60 %", math.Nextafter(0.60, below), 64 * kib},
		{"60 %", 0.60, 64 * kib},
		{"just above 60 %", math.Nextafter(0.60, above), 48 * kib},
		{"just below 80 %", math.Nextafter(0.80, below), 48 * kib},
		{"80 %", 0.80, 48 * kib},
		{"just above 80 %", math.Nextafter(0.80, above), 32 * kib},
		{"all", 1, 32 * kib},
		{"more than all", 7, 32 * kib},
		{"infinite", math.Inf(1), 32 * kib},
		{"not a number", math.NaN(), 64 * kib},
		{"negative", -0.1, 64 * kib},
		{"negative infinity", math.Inf(-1), 64 * kib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s sizing.Sizer
			require.Equal(t, tt.want, s.Next(5*mib, tt.usage))
		})
	}
}

func TestSizesAreCutDownToTheGrid(t *testing.T) {
	// 28 KiB × 0.75 is 21 KiB: down to 20, never up to 24.
	s, err := sizing.New(sizing.Options{Max: 28 * kib})
	require.NoError(t, err)
	require.Equal(t, 20*kib, s.Next(0, 0.7))
	require.Equal(t, 28*kib, s.Next(0, 0), "raised by a quarter, then clamped")

	// 4 KiB × 0.5 is 2 KiB, and there is nothing below 4.
	s, err = sizing.New(sizing.Options{Max: 4 * kib})
	require.NoError(t, err)
	require.Equal(t, 4*kib, s.Next(0, 0.9))
}
