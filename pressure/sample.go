package pressure

import (
	"math"
	"time"
)

// Sample is what one look at the machine and the streams found: all that the
// levels are made from.
type Sample struct {
	At     time.Time
	Memory Memory
	// Growth of memory, per second, as a fraction ([History.Growth]).
	Growth float64
	// Bounded is how much of the process's memory has a bound of its own, bytes:
	// that it grows, up to there, says nothing.
	Bounded int64
	// Streams that are running.
	Streams int
	// Fill of the fullest link, from 0 to 1.
	Fill float64
	// Throughput of all streams together, in bytes a second; negative when it is
	// not known.
	Throughput float64
	// ChunkTime is the mean time from one chunk of a stream to its next; 0 when
	// it is not known.
	ChunkTime time.Duration
}

// growing is the usage of what nothing bounds.
func (s *Sample) growing() float64 {
	m := s.Memory
	m[SourceProcess].Used -= s.Bounded
	return m.Usage()
}

// own is the memory that no stream can give back: the process's alone, without
// what has a bound.
func (s *Sample) own() Memory {
	own := Memory{SourceProcess: s.Memory[SourceProcess], SourceHeap: s.Memory[SourceHeap]}
	own[SourceProcess].Used -= s.Bounded
	own[SourceHeap].Used -= s.Bounded // where the pool is not in the heap, that is too little
	return own
}

// withoutOwn is the sample as if the process's own memory were not short.
func (s Sample) withoutOwn() Sample {
	s.Memory[SourceProcess], s.Memory[SourceHeap] = Reading{}, Reading{}
	return s
}

// Factors are the points that make up the score.
type Factors struct {
	Memory      float64 // 0 to 40
	Concurrency float64 // 0 to 30
	Throughput  float64 // 0 to 30
}

// Score is the sum of the factors, 0 to 100.
func (f Factors) Score() float64 { return f.Memory + f.Concurrency + f.Throughput }

// Factors of the sample.
//
// Concurrency and throughput are scaled by the fill of the fullest link above
// one half: a slow run whose links are empty is slow at its source, and holding
// it back could only make it slower.
//
// Concurrency counts only where throughput has points itself. A link is full
// before any stage at work, be it a hash at a gigabyte a second, so that fill
// alone would call ten healthy streams ten too many.
func (s Sample) Factors() Factors {
	f := Factors{Memory: memoryPoints(s.Memory.Usage())}
	scale := fillScale(s.Fill)
	throughput := throughputPoints(s.Throughput, s.ChunkTime)
	if scale == 0 || throughput == 0 {
		return f
	}
	f.Concurrency = scale * concurrencyPoints(s.Streams)
	f.Throughput = scale * throughput
	return f
}

func memoryPoints(usage float64) float64 {
	switch {
	case usage > 0.80:
		return 40
	case usage > 0.70:
		return 30
	case usage > 0.60:
		return 20
	case usage > 0.50:
		return 10
	default:
		return 0
	}
}

func concurrencyPoints(streams int) float64 {
	switch {
	case streams > 8:
		return 30
	case streams > 5:
		return 20
	case streams > 3:
		return 10
	default:
		return 0
	}
}

// throughputPoints are for few bytes a second, and more for chunks that take
// long, 30 at most.
func throughputPoints(throughput float64, chunkTime time.Duration) float64 {
	const mib = 1 << 20
	points := 0.0
	switch {
	case throughput < 0 || math.IsNaN(throughput): // not known
	case throughput < 2*mib:
		points = 30
	case throughput < 5*mib:
		points = 20
	case throughput < 10*mib:
		points = 10
	}
	switch {
	case chunkTime > time.Second:
		points += 20
	case chunkTime > 500*time.Millisecond:
		points += 10
	}
	return min(points, 30)
}

// fillScale is 0 up to half full, 1 when full, and straight between.
func fillScale(fill float64) float64 {
	if !(fill > 0.5) { // NaN too
		return 0
	}
	return min(2*fill-1, 1)
}
