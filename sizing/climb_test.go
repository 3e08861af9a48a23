package sizing_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/sizing"
)

// peaked is a storage that moves top bytes a second in chunks of best bytes,
// and a fifth less for each doubling or halving away from that.
func peaked(best int, top float64) func(size int) time.Duration {
	return func(size int) time.Duration {
		steps := math.Abs(math.Log2(float64(size) / float64(best)))
		return time.Duration(float64(size) / (top * math.Pow(0.8, steps)) * float64(time.Second))
	}
}

// drive runs n chunks through s, the samples coming delay chunks late as they
// do when links lie between the stage that asks and the one that reports. It
// returns the sizes in order.
func drive(s *sizing.Sizer, n, delay int, usage float64, took func(int) time.Duration) []int {
	sizes := make([]int, n)
	for i := range n {
		sizes[i] = s.Next(5*mib, usage)
		if i >= delay {
			size := sizes[i-delay]
			s.Record(sizing.Sample{Size: size, Bytes: size, Elapsed: took(size)})
		}
	}
	return sizes
}

// share is which part of sizes equals want.
func share(sizes []int, want int) float64 {
	n := 0
	for _, size := range sizes {
		if size == want {
			n++
		}
	}
	return float64(n) / float64(len(sizes))
}

func TestSizeMovesToWhatWorksBest(t *testing.T) {
	const usage = 0.5 // the factor is 1: sizes are those that the storage sees
	for _, tt := range []struct {
		name string
		best int
	}{
		{"down to the least", 4 * kib},
		{"down", 16 * kib},
		{"stays at the class", 64 * kib},
		{"up", 256 * kib},
		{"up to the most", 1 * mib},
	} {
		for _, delay := range []int{0, 1, 4, 5, 8} {
			t.Run(tt.name, func(t *testing.T) {
				var s sizing.Sizer
				sizes := drive(&s, 2000, delay, usage, peaked(tt.best, 800*mib))
				require.Equal(t, 64*kib, sizes[0], "it starts at the class")
				require.Greater(t, share(sizes[500:], tt.best), 0.8, "sizes %v", sizes[:200])
			})
		}
	}
}

// On storage a hundred times slower the points of the throughput are few, and a size
// that is faster is found all the same.
func TestSizeMovesOnSlowStorageToo(t *testing.T) {
	for _, best := range []int{16 * kib, 256 * kib} {
		var s sizing.Sizer
		sizes := drive(&s, 2000, 2, 0.5, peaked(best, 12*mib))
		require.Greater(t, share(sizes[500:], best), 0.8, "sizes %v", sizes[:200])
	}
}

// What one stream has found is where the next may start.
func TestSizeStartsAtWhatWasBest(t *testing.T) {
	var first sizing.Sizer
	require.Zero(t, first.Best())
	drive(&first, 1000, 2, 0.5, peaked(512*kib, 800*mib))
	require.Equal(t, 512*kib, first.Best())
	second, err := sizing.New(sizing.Options{Start: first.Best()})
	require.NoError(t, err)
	require.Equal(t, 512*kib, second.Next(5*mib, 0.5))
	_, err = sizing.New(sizing.Options{Start: 5000})
	require.EqualError(t, err, "sizing: Start is 5000 bytes: want a multiple of 4096 from 4096 to 1048576, for example 65536")
}

func TestSizeComesBackWhenTheStorageChanges(t *testing.T) {
	var s sizing.Sizer
	drive(&s, 1000, 2, 0.5, peaked(512*kib, 800*mib))
	sizes := drive(&s, 3000, 2, 0.5, peaked(32*kib, 800*mib))
	require.Greater(t, share(sizes[2000:], 32*kib), 0.8)
}

func TestEqualSizesStayWhereTheyAre(t *testing.T) {
	var s sizing.Sizer
	flat := func(size int) time.Duration { return time.Duration(size) } // 1 GB/s at any size
	sizes := drive(&s, 2000, 0, 0.5, flat)
	require.Greater(t, share(sizes, 64*kib), 0.8)
}

func TestOneStalledReadCondemnsNothing(t *testing.T) {
	var s sizing.Sizer
	best, i := peaked(256*kib, 800*mib), 0
	sizes := drive(&s, 2000, 0, 0.5, func(size int) time.Duration {
		if i++; i%5 == 0 {
			return 900 * time.Millisecond
		}
		return best(size)
	})
	require.Greater(t, share(sizes[500:], 256*kib), 0.8)
}

func TestNothingIsTriedWhileMemoryIsShort(t *testing.T) {
	var s sizing.Sizer
	sizes := drive(&s, 500, 0, 0.7, peaked(1*mib, 800*mib))
	require.InDelta(t, 1, share(sizes, 48*kib), 0, "three quarters of the class, always")
}

func TestATrialAcrossAChangeOfMemoryIsVoid(t *testing.T) {
	var s sizing.Sizer
	took := peaked(1*mib, 800*mib)
	sizes := drive(&s, 6, 0, 0.5, took)
	require.Equal(t, 128*kib, sizes[5], "a trial is under way")
	require.Equal(t, 32*kib, s.Next(5*mib, 0.9), "half of the base, not of the trial")
	require.Equal(t, 64*kib, s.Next(5*mib, 0.5), "and the base again")
}
