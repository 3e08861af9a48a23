package stages

import (
	"context"
	"iter"
)

// inline runs the five stages one after another on the caller's goroutine. What is
// to be read is below the streaming trigger and so one chunk, unless it has holes.
// Each chunk is let go of before the next is read: a stream that waits for memory
// while it has some could wait for itself.
func (t Transfer) inline(ctx context.Context) error {
	t.Sizer = Fixed(StreamingTrigger)
	reading := t.reading()
	if t.Control != nil {
		reading.Wait = func(ctx context.Context, left int64) error { return t.Control.beforeRead(ctx, t.Stop, left) }
	}
	return Read(t.Source, reading)(ctx, func(c *Chunk) error { return t.through(ctx, c) })
}

// through takes a chunk, or its pieces, through the stages behind Read: each takes all
// that the one before it gave.
func (t Transfer) through(ctx context.Context, c *Chunk) error {
	next := queue{[]*Chunk{c}}
	defer next.release()
	for _, stage := range t.chain() {
		in := next
		next = queue{}
		err := stage.run(ctx, in.all(), next.put)
		in.release()
		if err != nil {
			return err
		}
	}
	sink := t.sink()
	if t.Control != nil {
		sink = watched(sink, t.Control.flow.arrived)
	}
	return sink(ctx, next.all())
}

// queue is the chunks between two stages that run one after the other.
type queue struct{ chunks []*Chunk }

func (q *queue) put(c *Chunk) error {
	q.chunks = append(q.chunks, c)
	return nil
}

// all yields every chunk and hands it over.
func (q *queue) all() iter.Seq2[*Chunk, error] {
	return func(yield func(*Chunk, error) bool) {
		for len(q.chunks) > 0 {
			c := q.chunks[0]
			q.chunks = q.chunks[1:]
			if !yield(c, nil) {
				return
			}
		}
	}
}

// release lets go of what nobody took.
func (q *queue) release() {
	for _, c := range q.chunks {
		c.Release()
	}
	q.chunks = nil
}
