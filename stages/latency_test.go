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
			l.add(d)
		}
		l.add(math.MaxInt64)
		got := l.Quantile(0.99)
		require.GreaterOrEqual(rt, got, d)
		require.LessOrEqual(rt, got, d+d/4+time.Microsecond)
		require.Greater(rt, l.Quantile(1), 24*time.Hour)
		require.EqualValues(rt, 100, l.Count())
	})
}

func TestLatencyBucketsMeetEachOther(t *testing.T) {
	for bucket := range latencyBuckets - 1 {
		end := latencyEnd(bucket)
		require.Equal(t, bucket, latencyBucket(end-1), "%v", end)
		require.Equal(t, bucket+1, latencyBucket(end), "%v", end)
	}
}
