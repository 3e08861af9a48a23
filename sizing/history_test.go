package sizing_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/sizing"
)

func TestSampleScore(t *testing.T) {
	const reference = 50 * mib
	at := func(throughput int, elapsed time.Duration, memory int64) sizing.Sample {
		return sizing.Sample{Bytes: int(float64(throughput) * elapsed.Seconds()), Elapsed: elapsed, Memory: memory}
	}
	for _, tt := range []struct {
		name   string
		sample sizing.Sample
		want   float64
	}{
		{"nothing measured", sizing.Sample{}, 0},
		{"no bytes", sizing.Sample{Elapsed: time.Second}, 0},
		{"no time", sizing.Sample{Bytes: mib}, 0},
		{"negative time", sizing.Sample{Bytes: mib, Elapsed: -1}, 0},
		{"throughput at the reference", at(50*mib, time.Second/2, 0), 0.4 + 0.15 + 0.3},
		{"throughput above it", at(80*mib, time.Second/2, 0), 0.4 + 0.15 + 0.3},
		{"throughput at half of it", at(25*mib, time.Second/2, 0), 0.2 + 0.15 + 0.3},
		{"1 ms short of a second", at(50*mib, 999*time.Millisecond, 0), 0.4 + 0.0003 + 0.3},
		{"a second", at(50*mib, time.Second, 0), 0.4 + 0.3},
		{"1 ms past a second", at(50*mib, 1001*time.Millisecond, 0), 0.4 + 0.3},
		{"1,000 bytes for each MiB", sizing.Sample{Bytes: 25 * mib, Elapsed: time.Second / 2, Memory: 25 * mib / 1000 * mib}, 0.4 + 0.15 + 0.3},
		{"500 bytes for each MiB", sizing.Sample{Bytes: 25 * mib, Elapsed: time.Second / 2, Memory: 25 * mib / 500 * mib}, 0.4 + 0.15 + 0.15},
		{"negative memory is not known", sizing.Sample{Bytes: 25 * mib, Elapsed: time.Second / 2, Memory: -1}, 0.4 + 0.15 + 0.3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.InDelta(t, tt.want, tt.sample.Score(reference), 1e-4)
		})
	}
	t.Run("no reference", func(t *testing.T) {
		require.InDelta(t, 1, sizing.Sample{Bytes: 1, Elapsed: 1}.Score(0), 1e-4)
	})
	t.Run("any input stays between 0 and 1", func(t *testing.T) {
		for _, s := range []sizing.Sample{
			{Bytes: math.MaxInt, Elapsed: 1, Memory: 1},
			{Bytes: 1, Elapsed: math.MaxInt64, Memory: math.MaxInt64},
			{Bytes: math.MinInt, Elapsed: math.MinInt64, Memory: math.MinInt64},
		} {
			require.GreaterOrEqual(t, s.Score(reference), 0.0)
			require.LessOrEqual(t, s.Score(reference), 1.0)
		}
	})
}

func TestHistoryKeepsTheLastTen(t *testing.T) {
	var s sizing.Sizer
	require.Empty(t, s.History())
	for i := 1; i <= 21; i++ {
		s.Record(sizing.Sample{Bytes: i, Elapsed: 1})
		require.Len(t, s.History(), min(i, 10))
		require.Equal(t, i, s.History()[min(i, 10)-1].Bytes)
		require.Equal(t, max(1, i-9), s.History()[0].Bytes)
	}
	s.Record(sizing.Sample{Bytes: 0, Elapsed: 1})
	s.Record(sizing.Sample{Bytes: 1, Elapsed: 0})
	require.Equal(t, 21, s.History()[9].Bytes, "samples that measured nothing are dropped")
}

func TestPoorThroughputRaisesTheSize(t *testing.T) {
	const limit = 5 * mib // bytes a second
	for _, tt := range []struct {
		name    string
		samples []int // bytes moved in a second, in order
		want    int   // of a class of 64 KiB at half usage
	}{
		{"no sample", nil, 64 * kib},
		{"two poor ones", []int{1, 1}, 64 * kib},
		{"three just below", []int{limit - 1, limit - 1, limit - 1}, 76 * kib},
		{"three at the limit", []int{limit, limit, limit}, 64 * kib},
		{"three just above", []int{limit + 1, limit + 1, limit + 1}, 64 * kib},
		{"the mean decides", []int{limit - 2, limit + 1, limit}, 76 * kib},
		{"the sixth newest does not count", []int{1, limit, limit, limit, limit, limit}, 64 * kib},
		{"the fifth newest does", []int{1, limit, limit, limit, limit}, 76 * kib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s sizing.Sizer
			for _, n := range tt.samples {
				s.Record(sizing.Sample{Bytes: n, Elapsed: time.Second})
			}
			require.Equal(t, tt.want, s.Next(5*mib, 0.5))
		})
	}
}
