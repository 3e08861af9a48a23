package sizing

import (
	"slices"
	"time"
)

const (
	historySize = 10 // samples kept: the recent ones of two sizes
	recent      = 5  // samples that a mean or a score looks at
	enough      = 3  // samples below which neither says anything
)

// slow is the mean throughput, in bytes a second, below which larger chunks are
// tried: at 5 MiB/s the cost of each request is likely to be what is slow.
const slow = 5 << 20

// Sample is what became of one chunk.
type Sample struct {
	Size    int           // what [Sizer.Next] returned for it
	Bytes   int           // what it really held
	Elapsed time.Duration // from asking for it until it was handled
	Memory  int64         // bytes of memory in use meanwhile; 0 or less when not known
}

// measured reports whether the sample says anything at all.
func (s Sample) measured() bool { return s.Bytes > 0 && s.Elapsed > 0 }

// Throughput is in bytes a second; 0 when nothing was measured.
func (s Sample) Throughput() float64 {
	if !s.measured() {
		return 0
	}
	return float64(s.Bytes) / s.Elapsed.Seconds()
}

// Score rates the sample between 0 and 1: 40 % for its throughput against the
// reference (bytes a second), 30 % for its time (none left at 1 s), 30 % for
// the bytes it moved for each MiB of memory in use (1,000 is perfect). Memory
// that is not known gets its 30 % whole: it then decides nothing.
func (s Sample) Score(reference float64) float64 {
	if !s.measured() {
		return 0
	}
	throughput := 1.0
	if reference > 0 {
		throughput = min(s.Throughput()/reference, 1)
	}
	speed := max(0, 1-s.Elapsed.Seconds())
	memory := 1.0
	if s.Memory > 0 {
		memory = min(float64(s.Bytes)/(float64(s.Memory)/(1<<20))/1000, 1)
	}
	return 0.4*throughput + 0.3*speed + 0.3*memory
}

// history is the last samples, in a ring.
type history struct {
	ring  [historySize]Sample
	total int // samples ever added
}

func (h *history) add(s Sample) {
	h.ring[h.total%historySize] = s
	h.total++
}

func (h *history) len() int { return min(h.total, historySize) }

// at is the i-th newest sample.
func (h *history) at(i int) Sample { return h.ring[(h.total-1-i)%historySize] }

// throughput is the mean over the recent samples, and whether there are enough
// of them to speak of one.
func (h *history) throughput() (mean float64, ok bool) {
	n := min(h.len(), recent)
	if n < enough {
		return 0, false
	}
	for i := range n {
		mean += h.at(i).Throughput()
	}
	return mean / float64(n), true
}

// typical is the median throughput over the recent samples.
func (h *history) typical() (median float64, ok bool) {
	return h.median(func(s Sample) (float64, bool) { return s.Throughput(), true })
}

// score is the median score over the recent samples of this size.
func (h *history) score(size int, reference float64) (median float64, ok bool) {
	return h.median(func(s Sample) (float64, bool) { return s.Score(reference), s.Size == size })
}

// rate is the median throughput over the recent samples of this size.
func (h *history) rate(size int) float64 {
	median, _ := h.median(func(s Sample) (float64, bool) { return s.Throughput(), s.Size == size })
	return median
}

// median is over the newest samples that value accepts. The median and not the
// mean: one stalled read must not condemn a size, and one chunk out of a cache
// must not raise what all others are held to.
func (h *history) median(value func(Sample) (v float64, accepted bool)) (median float64, ok bool) {
	var values [recent]float64
	n := 0
	for i := 0; i < h.len() && n < recent; i++ {
		if v, accepted := value(h.at(i)); accepted {
			values[n] = v
			n++
		}
	}
	if n < enough {
		return 0, false
	}
	slices.Sort(values[:n])
	return values[n/2], true
}
