package stages

import (
	"context"
	"iter"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/sizing"
)

// stream is the control's side of one stream that is a pipeline of its own: it
// sizes its chunks, and is told what became of them.
type stream struct {
	control *Control
	size    int64 // of the file, bytes; negative when not known
	sizer   *sizing.Sizer
	tracker tracker // used by the sink

	pipeline *pipeline.Pipeline
	fills    []func() float64 // of the links behind the throttle
}

// stream returns the control's side of a stream of so many bytes.
func (c *Control) stream(size int64) *stream {
	sizer, err := sizing.New(c.sizing())
	if err != nil {
		panic("stages: " + err.Error()) // NewControl has checked them
	}
	return &stream{control: c, size: size, sizer: sizer}
}

var _ Sizer = (*stream)(nil)

// follow counts the stream's pipeline, before it runs, among those that the
// control looks at, until the function that it returns is called.
func (s *stream) follow(p *pipeline.Pipeline, fills ...func() float64) (end func()) {
	s.pipeline, s.fills = p, fills
	s.control.flow.join(s)
	return func() { s.control.flow.leave(s) }
}

// fill is how full the fullest of the links is that count.
func (s *stream) fill() (fullest float64) {
	for _, f := range s.fills {
		fullest = max(fullest, f())
	}
	return fullest
}

// Next is the size of the stream's next chunk.
func (s *stream) Next() int {
	n := s.control.chunk(s.sizer.Next(s.size, s.control.Limits().Usage))
	s.control.flow.size.Store(int64(n))
	return n
}

// arrived is told of each chunk, in their order, by one goroutine.
func (s *stream) arrived(bytes int, at time.Time) {
	s.control.flow.arrived(bytes, at)
	now := time.Now()
	if apart := s.tracker.apart(now); apart > 0 {
		s.control.flow.chunks.Add(1)
		s.control.flow.apart.Add(int64(apart))
	}
	if sample, ok := s.tracker.add(bytes, now); ok {
		sample.Memory = s.control.monitor.Stats().Sample.Memory[pressure.SourceProcess].Used
		s.sizer.Record(sample)
	}
}

// trackFor is over how long a sample of a chunk size is taken. Single chunks of a
// millisecond tell more of the scheduler than of their size.
const trackFor = 20 * time.Millisecond

// tracker makes samples of one stream's chunks: of all that were alike and came
// within [trackFor]. The zero value is ready.
type tracker struct {
	size   int // of the chunks that are being counted, bytes
	chunks int
	since  time.Time // when the one before the first of them arrived
	last   time.Time // when the last chunk did
}

// apart is the time from the last chunk to one at now; 0 for the first.
func (t *tracker) apart(now time.Time) time.Duration {
	if t.last.IsZero() {
		return 0
	}
	return now.Sub(t.last)
}

// add counts a chunk, and returns the sample that it completes.
func (t *tracker) add(bytes int, now time.Time) (sample sizing.Sample, ok bool) {
	if bytes != t.size {
		t.size, t.chunks, t.since = bytes, 0, t.last
	}
	t.last = now
	if t.since.IsZero() { // the time before the stream's first chunk is that of opening
		t.since = now
		return sample, false
	}
	t.chunks++
	took := now.Sub(t.since)
	if took < trackFor {
		return sample, false
	}
	sample = sizing.Sample{Size: t.size, Bytes: t.size, Elapsed: took / time.Duration(t.chunks)}
	t.chunks, t.since = 0, now
	return sample, true
}

// watched is sink with note called for every chunk that it is done with.
func watched(sink pipeline.Sink[*Chunk], note func(bytes int, at time.Time)) pipeline.Sink[*Chunk] {
	return func(ctx context.Context, in iter.Seq2[*Chunk, error]) error {
		return sink(ctx, func(yield func(*Chunk, error) bool) {
			for c, err := range in {
				if err != nil {
					yield(nil, err)
					return
				}
				bytes, at := c.Size(), c.at
				if !yield(c, nil) {
					return
				}
				note(bytes, at)
			}
		})
	}
}
