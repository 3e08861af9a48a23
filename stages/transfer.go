package stages

import (
	"context"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// StreamingTrigger is how many bytes make a stream worth a pipeline
// of its own. Below it, starting five goroutines costs more than reading and
// hashing one after the other.
const StreamingTrigger = 1 << 20

// Transfer is one stream on its way through the five stages.
type Transfer struct {
	Source  storage.Source
	Set     *digest.Set // digests to compute; they hold the sums afterwards
	Pool    *Pool       // memory of the chunks; required
	Sizer   Sizer       // nil means chunks of 1 MiB
	Offset  int64       // where to begin, bytes; the digests hold the state after what stands before
	Limiter Limiter     // nil means no limit
	Workers int         // most goroutines that may hash subtrees of one stream; zero means one

	// Arrived, when set, is told of the bytes that reached the sink, by one
	// goroutine at a time.
	Arrived func(bytes int)
}

// Run takes the stream from its source to its sink and returns when nothing of
// it runs any more and every chunk has been released. When it returns an
// error the digests hold nothing of use; the error is a
// [pipeline.StageError] wherever a stage is to blame.
func (t Transfer) Run(ctx context.Context) error {
	if t.Arrived == nil {
		t.Arrived = func(int) {}
	}
	switch size := t.Source.Size(); {
	case size != unknownSize && size-t.Offset < StreamingTrigger:
		return t.inline(ctx)
	case t.hashesSubtrees():
		return t.subtrees(ctx)
	default:
		return t.pipeline(ctx)
	}
}

// chain is what stands between Read and the sink.
func (t Transfer) chain() []named {
	return []named{
		{"size", Size(t.limit)},
		{"throttle", Throttle(t.Limiter, (*Chunk).Release)},
		{"checksum", Checksum(t.Set)},
	}
}

// named is a stage between Read and the sink.
type named struct {
	name string
	run  pipeline.Stage[*Chunk, *Chunk]
}

// limit is the largest chunk that may pass. It is fixed so far; the limits in
// force under pressure will answer here.
func (t Transfer) limit() int { return MaxChunk }

func (t Transfer) read() pipeline.Source[*Chunk] {
	return Read(t.Source, Reading{Pool: t.Pool, Sizer: t.Sizer, Offset: t.Offset})
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
	link := []pipeline.Option{pipeline.Buffer(chunkLinks), pipeline.Slab(1), pipeline.Drop((*Chunk).Release)}
	p := pipeline.Options{Grace: t.grace()}.New("transfer")
	chunks := pipeline.From(p, "read", t.read(), link...)
	for _, stage := range t.chain() {
		chunks = pipeline.Via(chunks, stage.name, stage.run, link...)
	}
	return pipeline.Into(chunks, "sink", Discard(t.Arrived)).Run(ctx)
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
