package sizing

import (
	"math"
	"sync/atomic"
)

// leastReference is the throughput, in bytes a second, that earned the
// specification's full points. Any disk since 2010 exceeds it, so it is only
// where a [Reference] starts: held to it alone, the score cannot tell two sizes
// apart.
const leastReference = 50 << 20

// Reference is the best throughput seen on one storage, which the throughput of
// every chunk is measured against. The zero value is 50 MiB/s. It is safe for
// concurrent use: one word, read and raised atomically, because all that the
// streams of a storage need of each other is this one number.
type Reference struct {
	best atomic.Uint64 // math.Float64bits of bytes a second; 0 until raised
}

// Throughput is the larger of 50 MiB/s and the best seen, in bytes a second.
func (r *Reference) Throughput() float64 {
	return max(leastReference, math.Float64frombits(r.best.Load()))
}

// Observe raises the reference to throughput, in bytes a second, when that is
// more. What is no throughput (NaN, infinite) is ignored.
func (r *Reference) Observe(throughput float64) {
	if math.IsNaN(throughput) || math.IsInf(throughput, 0) {
		return
	}
	for {
		old := r.best.Load()
		if throughput <= math.Float64frombits(old) {
			return
		}
		if r.best.CompareAndSwap(old, math.Float64bits(throughput)) {
			return
		}
	}
}
