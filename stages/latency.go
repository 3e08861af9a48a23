package stages

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Latency is how long things took, counted in a fixed number of buckets, so that
// it costs the same however many there are. Four buckets to an octave place a
// quantile within a fifth. The zero value is empty; it may be used from any
// goroutine.
type Latency struct {
	counts [latencyBuckets]atomic.Int64
	total  atomic.Int64 // nanoseconds
}

// latencyBuckets reach from a microsecond to about a day.
const latencyBuckets = 4 * 37

// Add counts one that took d.
func (l *Latency) Add(d time.Duration) {
	l.counts[latencyBucket(d)].Add(1)
	l.total.Add(int64(d))
}

// Merge counts all that other has counted as well.
func (l *Latency) Merge(other *Latency) {
	for i := range other.counts {
		l.counts[i].Add(other.counts[i].Load())
	}
	l.total.Add(other.total.Load())
}

// Mean is 0 when there were none.
func (l *Latency) Mean() time.Duration {
	return time.Duration(l.total.Load() / max(1, l.Count()))
}

// latencyBucket counts in quarters of octaves: the position of the highest bit,
// and the two that follow it.
func latencyBucket(d time.Duration) int {
	us := uint64(max(0, d.Microseconds()))
	if us < 4 {
		return int(us)
	}
	octave := bits.Len64(us) - 1
	quarter := int(us>>(octave-2)) & 3 //nolint:gosec // two bits
	return min(4*(octave-1)+quarter, latencyBuckets-1)
}

// latencyEnd is where a bucket ends.
func latencyEnd(bucket int) time.Duration {
	if bucket < 4 {
		return time.Duration(bucket+1) * time.Microsecond
	}
	octave, quarter := bucket/4+1, bucket%4
	return time.Duration(math.Ldexp(float64(4+quarter+1), octave-2)) * time.Microsecond
}

// Count is how many there were.
func (l *Latency) Count() (n int64) {
	for i := range l.counts {
		n += l.counts[i].Load()
	}
	return n
}

// Quantile is what the part q of them, 0 to 1, did not exceed: never less than
// the truth, and at most a quarter more. It is 0 when there were none.
func (l *Latency) Quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(l.Count())))
	if rank == 0 {
		return 0
	}
	for i := range l.counts {
		if rank -= l.counts[i].Load(); rank <= 0 {
			return latencyEnd(i)
		}
	}
	return latencyEnd(latencyBuckets - 1)
}
