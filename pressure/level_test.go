package pressure_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// below and above are the floating-point neighbours of v.
func below(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }
func above(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }

func TestLevelOfScore(t *testing.T) {
	for _, tt := range []struct {
		score float64
		want  pressure.Level
	}{
		{math.Inf(-1), pressure.None},
		{-1, pressure.None},
		{0, pressure.None},
		{below(20), pressure.None},
		{20, pressure.Light},
		{above(20), pressure.Light},
		{below(40), pressure.Light},
		{40, pressure.Moderate},
		{above(40), pressure.Moderate},
		{below(60), pressure.Moderate},
		{60, pressure.Heavy},
		{above(60), pressure.Heavy},
		{below(80), pressure.Heavy},
		{80, pressure.Critical},
		{above(80), pressure.Critical},
		{100, pressure.Critical},
		{math.Inf(1), pressure.Critical},
		{math.NaN(), pressure.None},
	} {
		require.Equal(t, tt.want, pressure.LevelOf(tt.score), "%v points", tt.score)
	}
}

func TestWhatEachLevelAllows(t *testing.T) {
	ms := func(least, most int) pressure.Delay {
		return pressure.Delay{Min: time.Duration(least) * time.Millisecond, Max: time.Duration(most) * time.Millisecond}
	}
	for _, tt := range []struct {
		level      pressure.Level
		name       string
		multiplier float64
		streams    int
		delay      pressure.Delay
	}{
		{pressure.None, "NONE", 1, 10, ms(0, 0)},
		{pressure.Light, "LIGHT", 0.8, 6, ms(10, 30)},
		{pressure.Moderate, "MODERATE", 0.5, 3, ms(50, 100)},
		{pressure.Heavy, "HEAVY", 0.25, 1, ms(100, 200)},
		{pressure.Critical, "CRITICAL", 0.1, 0, ms(500, 500)},
		{pressure.Level(9), "Level(9)", 0.1, 0, ms(500, 500)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.name, tt.level.String())
			require.InDelta(t, tt.multiplier, tt.level.Multiplier(), 0)
			require.Equal(t, tt.streams, tt.level.MaxStreams())
			require.Equal(t, tt.delay, tt.level.Delay())
		})
	}
}

func TestDelayIsDrawnAnewEachTime(t *testing.T) {
	const least, most = 10 * time.Millisecond, 30 * time.Millisecond
	d := pressure.Delay{Min: least, Max: most}
	seen := make(map[time.Duration]bool)
	shortest, longest := most, least
	for range 1000 {
		w := d.Draw()
		require.GreaterOrEqual(t, w, least)
		require.LessOrEqual(t, w, most)
		seen[w] = true
		shortest, longest = min(shortest, w), max(longest, w)
	}
	require.Greater(t, len(seen), 900)
	require.Less(t, shortest, least+time.Millisecond)
	require.Greater(t, longest, most-time.Millisecond)
}

func TestDelayOfOneLength(t *testing.T) {
	for _, tt := range []struct {
		name  string
		delay pressure.Delay
		want  time.Duration
	}{
		{"none", pressure.Delay{}, 0},
		{"fixed", pressure.Delay{Min: time.Second, Max: time.Second}, time.Second},
		{"upside down", pressure.Delay{Min: 2, Max: 1}, 2},
		{"negative", pressure.Delay{Min: -2, Max: -1}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, tt.delay.Draw())
		})
	}
}
