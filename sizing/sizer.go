package sizing

import (
	"cmp"
	"sync"
)

// Sizer hands out the size of each chunk of one stream. The zero value adapts
// between [Min] and [Max] and measures by itself. A Sizer may be used by
// several goroutines: the stage that reads asks, and another one reports. It
// must not be copied after its first use.
type Sizer struct {
	options Options

	mu      sync.Mutex // guards what follows
	history history
	climb   climb
	now     int // the size handed out last
}

// New makes a Sizer with these options. Every fault in them is reported at
// once, an [OptionError] each.
func New(o Options) (*Sizer, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Sizer{options: o}, nil
}

// Next is how many bytes the next chunk of a file of fileSize bytes should
// hold; negative means that the length is not known. usage is the memory in use
// as a fraction of what may be used. The result is a multiple of [Grid] between
// the least and the largest size of the options, for any arguments.
func (s *Sizer) Next(fileSize int64, usage float64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepareLocked()
	if s.options.Size != 0 {
		s.now = s.options.Size
		return s.now
	}
	b := s.bounds()
	if s.climb.base == 0 {
		s.climb.base = b.fit(cmp.Or(s.options.Start, Class(fileSize)), 1)
	}
	s.climb.adjust(memoryFactor(usage) * s.slowFactorLocked())
	s.now = b.fit(s.climb.size(), s.climb.adjusted)
	return s.now
}

// Record reports what became of a chunk. A sample without bytes or without
// time says nothing and is dropped. Samples may come late and out of step with
// Next: only those of the size now in force move it.
func (s *Sizer) Record(sample Sample) {
	if !sample.measured() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepareLocked()
	s.history.add(sample)
	if typical, ok := s.history.typical(); ok {
		s.options.Reference.Observe(typical)
	}
	if s.options.Size == 0 && s.climb.base != 0 && sample.Size == s.now {
		s.climb.step(&s.history, s.bounds(), s.options.Reference.Throughput())
	}
}

// Size is the size handed out last; 0 before the first.
func (s *Sizer) Size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Best is the size that has worked best so far, before it is adjusted to memory
// and throughput: where another stream of the same kind may start. It is 0 before
// the first Next.
func (s *Sizer) Best() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.climb.base
}

// History is the last samples, at most 10, oldest first.
func (s *Sizer) History() []Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Sample, s.history.len())
	for i := range out {
		out[i] = s.history.at(len(out) - 1 - i)
	}
	return out
}

// prepareLocked gives a Sizer that New did not make its options.
func (s *Sizer) prepareLocked() {
	if s.options.Reference == nil {
		s.options = s.options.withDefaults()
	}
}

func (s *Sizer) bounds() bounds { return bounds{low: s.options.Min, high: s.options.Max} }

// slowFactorLocked is what a size is multiplied by for its recent throughput.
func (s *Sizer) slowFactorLocked() float64 {
	if mean, ok := s.history.throughput(); ok && mean < slow {
		return 1.2
	}
	return 1
}
