package sizing_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/sizing"
)

func TestReferenceIsTheBestSeenFrom50MiBUp(t *testing.T) {
	var r sizing.Reference
	require.InDelta(t, 50*mib, r.Throughput(), 0)
	for _, tt := range []struct{ observe, want float64 }{
		{50*mib - 1, 50 * mib},
		{50 * mib, 50 * mib},
		{50*mib + 1, 50*mib + 1},
		{900 * mib, 900 * mib},
		{100 * mib, 900 * mib},
		{math.NaN(), 900 * mib},
		{math.Inf(1), 900 * mib},
		{math.Inf(-1), 900 * mib},
		{-1, 900 * mib},
	} {
		r.Observe(tt.observe)
		require.InDelta(t, tt.want, r.Throughput(), 0, "after %v", tt.observe)
	}
}

func TestReferenceIsNotRaisedByOneChunk(t *testing.T) {
	var r sizing.Reference
	s, err := sizing.New(sizing.Options{Reference: &r})
	require.NoError(t, err)
	fast := sizing.Sample{Bytes: 100 * mib, Elapsed: time.Second}
	s.Record(fast)
	s.Record(fast)
	require.InDelta(t, 50*mib, r.Throughput(), 0, "two samples prove nothing")
	s.Record(fast)
	require.InDelta(t, 100*mib, r.Throughput(), 1)
	s.Record(sizing.Sample{Bytes: 9000 * mib, Elapsed: time.Second})
	require.InDelta(t, 100*mib, r.Throughput(), 1, "one chunk out of a cache")
}

func TestReferenceIsSharedByConcurrentSizers(t *testing.T) {
	var r sizing.Reference
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 1000 {
				r.Observe(float64(100*mib + i*1000 + j))
			}
		})
	}
	wg.Wait()
	require.InDelta(t, 100*mib+7*1000+999, r.Throughput(), 0)
}
