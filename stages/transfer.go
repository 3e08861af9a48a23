package stages

import (
	"context"
	"errors"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// StreamingTrigger is how many bytes make a stream worth a pipeline
// of its own. Below it, starting five goroutines costs more than reading and
// hashing one after the other.
const StreamingTrigger = 1 << 20

// Transfer is one stream on its way through the five stages. Source and Set are
// required, and one of Control and Pool.
type Transfer struct {
	Source  storage.Source
	Set     *digest.Set // digests to compute; they hold the sums afterwards
	Control *Control    // what holds the stream back; nil means nothing does
	Offset  int64       // where to begin, bytes; the digests hold the state after what stands before
	Chunks  int64       // how many chunks that came in
	Workers int         // most goroutines that may hash subtrees of one stream; zero means one

	Pool    *Pool   // memory of the chunks; nil means the Control's
	Sizer   Sizer   // nil means the Control's, and chunks of 1 MiB where there is none
	Limiter Limiter // nil means the Control's

	// Sink is where the bytes are written; nil means that they are wanted nowhere.
	// It is the caller's to commit or abort.
	Sink storage.Sink
	// Save, when set, is called whenever a checkpoint is due and the bytes before it
	// are safe, as [Storing] says. Streams below the streaming trigger have none.
	Save func(context.Context, Safe) error
	// Marks say when that is.
	Marks Marks
	// Stop, when it is closed, ends the stream at a checkpoint, with [ErrStopped]. What
	// is on its way then is held up by nothing any more, neither rates nor levels.
	Stop <-chan struct{}

	// DropBehind drops a source of 64 MiB or more from the system's cache as it is read,
	// where it is a [storage.Adviser]. The cache then keeps what else is in it, but also
	// loses what others had read of the source before.
	DropBehind bool

	// Arrived, when set, is told of the bytes that reached the sink, by one
	// goroutine at a time.
	Arrived func(bytes int)
}

// ErrStopped is how a transfer ends that was told to stop: all that it has read has
// arrived, and what was saved last speaks of all of it.
var ErrStopped = errors.New("stages: stopped")

// Run takes the stream from its source to its sink and returns when nothing of
// it runs any more and every chunk has been released. When it returns an
// error the digests hold nothing of use; the error is a
// [pipeline.StageError] wherever a stage is to blame. Where something required is
// missing nothing is begun, and the error names all of it.
func (t Transfer) Run(ctx context.Context) (err error) {
	if err := t.validate(); err != nil {
		return err
	}
	if t.Arrived == nil {
		t.Arrived = func(int) {}
	}
	if c := t.Control; c != nil {
		c.flow.begin()
		defer func() { c.flow.end(ctx, err) }()
		if t.Pool == nil {
			t.Pool = c.pool
		}
		if t.Limiter == nil {
			t.Limiter = c
		}
	}
	if t.Limiter != nil && t.Stop != nil {
		t.Limiter = stoppable{t.Limiter, t.Stop}
	}
	switch size := t.Source.Size(); {
	case size != unknownSize && t.fits(size-t.Offset):
		return t.inline(ctx)
	case t.hashesSubtrees():
		return t.subtrees(ctx)
	default:
		return t.pipeline(ctx)
	}
}

// validate reports everything that is missing.
func (t Transfer) validate() error {
	var faults []error
	if t.Source == nil {
		faults = append(faults, errors.New("stages: Transfer has no Source to read"))
	}
	if t.Set == nil {
		faults = append(faults, errors.New("stages: Transfer has no Set of digests"))
	}
	if t.Control == nil && t.Pool == nil {
		faults = append(faults, errors.New("stages: Transfer has neither a Control nor a Pool to take memory from"))
	}
	return errors.Join(faults...)
}

// fits reports whether so many bytes are below the streaming trigger, which a Control
// may lower.
func (t Transfer) fits(bytes int64) bool {
	return bytes < StreamingTrigger && (t.Control == nil || t.Control.Fits(bytes))
}

// chain is what stands between Read and the sink. A stream that is inlined does the same.
func (t Transfer) chain() []named {
	return []named{
		{stageSize, Size(t.Control.maxChunk)},
		{stageThrottle, Throttle(t.Limiter, (*Chunk).Release)},
		{stageChecksum, Checksum(t.Set)},
	}
}

// storing is the last stage.
func (t Transfer) storing() Storing { return Storing{To: t.Sink, Save: t.Save, Arrived: t.Arrived} }

// named is a stage between Read and the sink.
type named struct {
	name string
	run  pipeline.Stage[*Chunk, *Chunk]
}

// The names of the five stages, as errors and statistics have them.
const (
	stageRead     = "read"
	stageSize     = "size"
	stageThrottle = "throttle"
	stageChecksum = "checksum"
	stageSink     = "sink"
)

// reading is what the first stage does.
func (t Transfer) reading() Reading {
	_, grows := t.Sink.(storage.Grower) // where holes need not be written
	return Reading{
		Pool: t.Pool, Sizer: t.Sizer, Offset: t.Offset, Chunks: t.Chunks, Holes: grows, DropBehind: t.DropBehind,
	}
}

// chunkLinks is how many chunks a link between two stages holds. With one in
// each link and one in each hand, reading and hashing overlap; more only adds to
// what lies in memory.
const chunkLinks = 1

// pipeline runs the five stages side by side.
func (t Transfer) pipeline(ctx context.Context) error {
	if a, ok := t.Source.(storage.Adviser); ok {
		_ = a.AdviseSequential() // advice: a system that cannot take it reads all the same
	}
	reading, sink := t.reading(), t.storing().Sink()
	if t.Save != nil {
		reading.Marks = &t.Marks
	}
	stopped := false // set by the first stage, and read when all have ended
	reading.Stop, reading.Stopped = t.Stop, func() { stopped = true }
	var s *stream
	if t.Control != nil {
		s = t.Control.stream(t.Source.Size(), t.Stop)
		if t.Sizer == nil {
			reading.Sizer = s
		}
		reading.Wait, sink = s.beforeRead, watched(sink, s.arrived)
	}
	read := Read(t.Source, reading)
	if s != nil {
		read = s.counted(read)
	}
	link := []pipeline.Option{pipeline.Buffer(chunkLinks), pipeline.Slab(1), pipeline.Drop((*Chunk).Release)}
	p := pipeline.Options{Grace: t.grace()}.New("transfer")
	chunks := pipeline.From(p, stageRead, read, link...)
	var fills []func() float64
	for _, stage := range t.chain() {
		chunks = pipeline.Via(chunks, stage.name, stage.run, link...)
		if stage.name != stageSize { // what waits before the throttle is no pressure
			fills = append(fills, chunks.Fill)
		}
	}
	p = pipeline.Into(chunks, stageSink, sink)
	if s != nil {
		defer s.follow(p, fills...)()
	}
	if err := p.Run(ctx); err != nil || !stopped {
		return err
	}
	return ErrStopped
}

// readerGrace is how long a read that cannot be interrupted may hold up a
// cancelled transfer: a person who pressed Ctrl-C does not notice it.
const readerGrace = 200 * time.Millisecond

// grace is for sources that are no files, whose reads may wait for ever. A file
// is waited for, so that nothing uses it after Run has returned.
func (t Transfer) grace() time.Duration {
	if t.Source.Size() == unknownSize {
		return readerGrace
	}
	return 0
}
