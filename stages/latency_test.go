package stages

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLatencyOfNothing(t *testing.T) {
	var l Latency
	require.Zero(t, l.Quantile(0.99))
	require.Zero(t, l.Count())
}

// A quantile is never below the truth, and little above it.
func TestLatencyQuantile(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(20*time.Hour)).Draw(rt, "duration"))
		var l Latency
		for range 99 {
			l.Add(d)
		}
		l.Add(math.MaxInt64)
		got := l.Quantile(0.99)
		require.GreaterOrEqual(rt, got, d)
		require.LessOrEqual(rt, got, d+d/4+time.Microsecond)
		require.Greater(rt, l.Quantile(1), 24*time.Hour)
		require.EqualValues(rt, 100, l.Count())
	})
}

func TestLatencyMerge(t *testing.T) {
	var a, b Latency
	a.Add(time.Millisecond)
	b.Add(3 * time.Second)
	b.Add(3 * time.Second)
	a.Merge(&b)
	require.EqualValues(t, 3, a.Count())
	require.Equal(t, (time.Millisecond+6*time.Second)/3, a.Mean())
	require.Less(t, a.Quantile(0.3), 2*time.Millisecond)
	require.GreaterOrEqual(t, a.Quantile(0.5), 3*time.Second)
	require.EqualValues(t, 2, b.Count())
}

func TestLatencyBucketsMeetEachOther(t *testing.T) {
	for bucket := range latencyBuckets - 1 {
		end := latencyEnd(bucket)
		require.Equal(t, bucket, latencyBucket(end-1), "%v", end)
		require.Equal(t, bucket+1, latencyBucket(end), "%v", end)
	}
}
