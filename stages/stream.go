package stages

import (
	"context"
	"iter"
	"math"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/sizing"
)

// stream is the control's side of one stream that is a pipeline of its own: it
// sizes its chunks, says when the next may be read, and is told what became of
// them.
type stream struct {
	control *Control
	stop    <-chan struct{} // of its transfer
	size    int64           // of the file, bytes; negative when not known
	sizer   *sizing.Sizer

	pipeline *pipeline.Pipeline
	fills    []func() float64 // of the links behind the throttle

	chunk    int           // bytes of the chunk that is to be read; used by the stage that reads
	inFlight atomic.Int64  // bytes that have been read and not arrived
	room     atomic.Int64  // how many may be
	arrival  chan struct{} // one signal: less is in flight, or more may be

	// Used by the sink.
	tracker tracker
	rate    float64 // bytes a second that arrive; 0 while not known
	pressed float64 // how often a chunk found another before it lately, 0 to 1
}

// stream returns the control's side of a stream of so many bytes, which is told to
// stop by closing the channel.
func (c *Control) stream(size int64, stop <-chan struct{}) *stream {
	o := c.sizing()
	o.Start = c.learned.of(size)
	sizer, err := sizing.New(o)
	if err != nil {
		panic("stages: " + err.Error()) // NewControl has checked them
	}
	s := &stream{control: c, stop: stop, size: size, sizer: sizer, arrival: make(chan struct{}, 1)}
	if c.Limits().Level > pressure.None { // it will fare as the others do
		seen := c.monitor.Stats().Sample
		s.rate = max(0, seen.Throughput) / float64(max(1, seen.Streams))
		s.pressed = seen.Fill
		s.setRoom()
	}
	return s
}

var _ Sizer = (*stream)(nil)

// follow counts the stream's pipeline, before it runs, among those that the
// control looks at, until the function that it returns is called.
func (s *stream) follow(p *pipeline.Pipeline, fills ...func() float64) (end func()) {
	s.pipeline, s.fills = p, fills
	s.control.flow.join(s)
	return func() {
		s.control.flow.leave(s)
		if best := s.sizer.Best(); best > 0 { // subtrees ask for no size
			s.control.learned.learn(s.size, best)
		}
	}
}

// fill is how full the fullest of the links is that count.
func (s *stream) fill() (fullest float64) {
	for _, f := range s.fills {
		fullest = max(fullest, f())
	}
	return fullest
}

// A chunk shall be at the sink within 200 ms of its reading. It is later where
// the sink is slow, and what lies before it is more than it takes in that time:
// then chunks are smaller, and fewer are on their way. Where the source is slow
// neither would help.
const (
	// transit is how long what is in flight may take to arrive: a third of that, since
	// streams that share a sink do not take turns evenly.
	transit = 70 * time.Millisecond
	// leastInFlight is one chunk at the sink and one that is there when it is done.
	leastInFlight = 2
	// leastPressed is the smallest chunk for this reason, bytes: what a sink has to
	// do for each chunk, whatever its size, must not become most of its work.
	leastPressed = 16 << 10
	// pressedWeight lets about the last five chunks count.
	pressedWeight = 0.2
	// anyRoom is for a sink that is not what is slow.
	anyRoom = math.MaxInt64
)

// Next is the size of the stream's next chunk.
func (s *stream) Next() int {
	n := s.control.chunk(s.sizer.Next(s.size, s.control.Limits().Usage))
	if room := s.room.Load(); room != anyRoom && s.control.options.Chunk == 0 {
		n = min(n, max(leastPressed, int(room/leastInFlight)&^(sizing.Grid-1)))
	}
	s.chunk = n
	s.control.flow.size.Store(int64(n))
	return n
}

// beforeRead holds the stream up as the level asks, and until there is room for
// what is in flight. Until the first chunk has arrived nobody knows how fast the
// sink is, and there is the least.
func (s *stream) beforeRead(ctx context.Context, n int64) error {
	if err := s.control.beforeRead(ctx, s.stop, n); err != nil {
		return err
	}
	for {
		inFlight := s.inFlight.Load()
		if inFlight == 0 || inFlight < max(s.room.Load(), int64(leastInFlight*s.chunk)) {
			return nil
		}
		select {
		case <-s.arrival:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// setRoom follows what is known of the sink.
func (s *stream) setRoom() {
	room := int64(anyRoom)
	if s.pressed > 0.5 || s.rate == 0 {
		room = int64(s.rate * transit.Seconds())
	}
	s.room.Store(room)
}

// counted is source with its chunks counted as in flight.
func (s *stream) counted(source pipeline.Source[*Chunk]) pipeline.Source[*Chunk] {
	return func(ctx context.Context, emit func(*Chunk) error) error {
		return source(ctx, func(c *Chunk) error {
			s.inFlight.Add(int64(c.Size()))
			return emit(c)
		})
	}
}

// arrived is told of each chunk, in their order, by one goroutine.
func (s *stream) arrived(bytes int, at time.Time) {
	s.control.flow.arrived(bytes, at)
	now := time.Now()
	if apart := s.tracker.apart(now); apart > 0 {
		s.control.flow.chunks.Add(1)
		s.control.flow.apart.Add(int64(apart))
	}
	sample, ok := s.tracker.add(bytes, now)
	switch {
	case ok:
		s.rate = sample.Throughput()
		sample.Memory = s.control.monitor.Stats().Sample.Memory[pressure.SourceProcess].Used
		s.sizer.Record(sample)
	case s.rate == 0:
		s.rate, s.pressed = float64(bytes)/max(now.Sub(at), time.Microsecond).Seconds(), 1
	}
	s.pressed += pressedWeight * (s.fill() - s.pressed)
	s.setRoom()
	s.inFlight.Add(-int64(bytes))
	select {
	case s.arrival <- struct{}{}:
	default:
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
