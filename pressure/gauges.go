package pressure

import (
	"math"
	"sync"
	"time"
)

// Gauges are what somebody who runs streams can be asked at each sample. A nil
// gauge is not asked. They are called on the goroutine of [Monitor.Run], must be
// quick and safe for that, and must not call Register.
type Gauges struct {
	// Fill of a link, or of the fullest of several, from 0 to 1. Register the
	// links after the place that waits on the monitor, never those before it:
	// those are full whenever it waits, and would keep it waiting.
	Fill func() float64
	// Streams that are running. What several report is added up.
	Streams func() int
	// Throughput in bytes a second, over the last second or so; negative while
	// that is not known yet. What several report is added up.
	Throughput func() float64
	// ChunkTime is the mean time from one chunk of a stream to its next, waits
	// included; 0 when there was none. Of several, the mean is used.
	ChunkTime func() time.Duration
	// Bounded is memory of the process that has a bound of its own, in bytes, such as
	// a pool's. What several report is added up.
	Bounded func() int64
}

// gauges is the register.
type gauges struct {
	mu  sync.Mutex // held while they are asked, so that none is asked once removed
	all []*Gauges
}

func (r *gauges) register(g Gauges) (remove func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry := &g
	r.all = append(r.all, entry)
	return func() { r.remove(entry) }
}

func (r *gauges) remove(entry *Gauges) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, g := range r.all {
		if g == entry {
			last := len(r.all) - 1
			r.all[i], r.all[last] = r.all[last], nil
			r.all = r.all[:last]
			return
		}
	}
}

// read asks every gauge and puts what they say into s.
func (r *gauges) read(s *Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var chunkTimes, chunkGauges time.Duration
	s.Throughput = -1
	for _, g := range r.all {
		if g.Fill != nil {
			s.Fill = max(s.Fill, finite(g.Fill()))
		}
		if g.Streams != nil {
			s.Streams += max(0, g.Streams())
		}
		if g.Throughput != nil {
			if v := g.Throughput(); v >= 0 {
				s.Throughput = max(0, s.Throughput) + finite(v)
			}
		}
		if g.Bounded != nil {
			s.Bounded += max(0, g.Bounded())
		}
		if g.ChunkTime != nil {
			if d := g.ChunkTime(); d > 0 {
				chunkTimes += d
				chunkGauges++
			}
		}
	}
	if chunkGauges > 0 {
		s.ChunkTime = chunkTimes / chunkGauges
	}
}

// finite is v, or 0 for what is no amount: one gauge that divides by zero must
// not blot out the others.
func finite(v float64) float64 {
	if v > 0 && !math.IsInf(v, 1) {
		return v
	}
	return 0
}
