package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newCounts() *listFlag[*countFlag] {
	f := &listFlag[*countFlag]{one: func() *countFlag { return &countFlag{min: 1, max: 9, auto: true, example: "-j 1,4"} }}
	f.values = []*countFlag{{}, {n: 5}}
	return f
}

func TestListFlag(t *testing.T) {
	for given, want := range map[string]string{"2": "2", "1,auto,3": "1,auto,3", "2,2,1,2": "2,1"} {
		f := newCounts()
		require.NoError(t, f.Set(given))
		require.Equal(t, want, f.String())
	}
	f := newCounts()
	require.NoError(t, f.Set("1"))
	require.NoError(t, f.Set("2,1"))
	require.Equal(t, "1,2", f.String())
	require.Equal(t, "auto|N,...", f.Type())
	for _, bad := range []string{"", "1,", ",1", "0", "1,10", "1;2", "1, 2"} {
		require.ErrorContains(t, newCounts().Set(bad), "for example -j 1,4", bad)
	}
	require.ErrorContains(t, newCounts().Set("1,many"), `"many": must be`)
}

func TestDurationFlag(t *testing.T) {
	f := durationFlag{Duration: time.Minute, min: time.Second, max: time.Hour, example: "--for 60s"}
	require.Equal(t, "1m", f.String())
	require.NoError(t, f.Set("1.5s"))
	require.Equal(t, 1500*time.Millisecond, f.Duration)
	for _, bad := range []string{"", "5", "-1s", "0s", "999ms", "2h", "soon", "1d"} {
		require.EqualError(t, f.Set(bad), "must be a time between 1s and 1h; for example --for 60s", bad)
	}
	require.Equal(t, 1500*time.Millisecond, f.Duration)
}

func TestPercentFlag(t *testing.T) {
	for given, want := range map[string]float64{"10%": 0.1, "10": 0.1, "0": 0, "2.5%": 0.025, "100%": 1} {
		f := percentFlag{}
		require.Empty(t, f.String())
		require.NoError(t, f.Set(given))
		require.InDelta(t, want, f.part, 1e-12)
		require.True(t, f.given)
	}
	for _, bad := range []string{"", "%", "-1%", "101%", "1e1", "ten", "10%%", "10 %", "1.2.3", "NaN", "0x1"} {
		f := percentFlag{example: "--fail-over 10%"}
		require.ErrorContains(t, f.Set(bad), "for example --fail-over 10%", bad)
		require.False(t, f.given)
	}
}
