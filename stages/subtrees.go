package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// spanSize is what one worker takes at a time, bytes: long enough that handing
// it out and putting its values in order cost a hundredth of hashing it. The
// worker reads and hashes it subtree by subtree in the same memory, which stays
// in its core's own cache.
const spanSize = 1 << 20

// span is a range of a source that is still to be read.
type span struct{ offset int64 }

// Size is what the range weighs against a rate.
func (span) Size() int { return spanSize }

// hashesSubtrees reports whether the stream can be read and hashed in subtrees.
func (t Transfer) hashesSubtrees() bool {
	_, tree := t.Set.Tree()
	_, random := t.Source.(io.ReaderAt)
	return tree && random && t.Sink == nil && t.Workers > 1 && t.Offset%digest.SubtreeSize == 0
}

// subtrees runs a stream whose only digest is a tree hash and whose bytes are
// wanted nowhere else. Reading and hashing are one step here, done by several
// workers: handing the bytes from a reading goroutine to a hashing one would take
// them through the memory that the cores share. The usual stages do what is
// left, the end of the stream that is no whole span.
func (t Transfer) subtrees(ctx context.Context) error {
	// The identity is taken before the first byte, and held against the one after
	// the last.
	before, err := storage.Begin(ctx, t.Source)
	if err != nil {
		return err
	}
	all := treeHash{Transfer: t, before: before, spans: (t.Source.Size() - t.Offset) / spanSize}
	all.tree, _ = t.Set.Tree()
	if err := all.hash(ctx); err != nil {
		return err
	}
	t.Offset += all.spans * spanSize
	if err := t.inline(ctx); err != nil {
		return err
	}
	return storage.Verify(ctx, t.Source, before, t.Source.Size())
}

// treeHash is the spans of one stream on their way to its tree.
type treeHash struct {
	Transfer
	before checkpoint.Identity
	tree   digest.Tree
	spans  int64 // that there are

	joined  int64 // of them
	marker  *marker
	behind  dropBehind
	saver   saver
	note    func(bytes int, at time.Time)
	stopped bool // set by the first stage, and read when all have ended
}

// hash hashes all spans, or those up to where the stream is told to stop.
func (t *treeHash) hash(ctx context.Context) error {
	link := []pipeline.Option{pipeline.Buffer(t.Workers), pipeline.Slab(1)}
	p := pipeline.New("transfer")
	// What waits to be let through would all be read when the stream is told to stop.
	todo := pipeline.From(p, stageSize, t.cut, pipeline.Buffer(1), pipeline.Slab(1))
	todo = pipeline.Via(todo, stageThrottle, Throttle(t.Limiter, func(span) {}), link...)
	hashed := pipeline.Map(todo, stageChecksum, t.hashSpan, append(link, pipeline.Workers(t.Workers))...)
	// A save may outlive the stages, and is waited for after them: it has the
	// stream's context, not the last stage's.
	p = pipeline.Each(hashed, stageSink, func(_ context.Context, h hashedSpan) error { return t.join(ctx, h) })

	t.marker, t.saver = newMarker(t.Marks), saver{Storing: Storing{Save: t.Save}}
	if t.DropBehind {
		t.behind = dropBehindOf(t.Source, t.Offset)
	}
	t.note = func(int, time.Time) {}
	if t.Control != nil {
		s := t.Control.stream(t.Source.Size(), t.Stop)
		defer s.follow(p, todo.Fill, hashed.Fill)()
		t.note = s.arrived
	}
	err := p.Run(ctx)
	if err == nil && t.stopped && t.Save != nil && t.joined > 0 {
		err = t.save(ctx)
	}
	if err = t.saver.finish(ctx, err); err == nil && t.stopped {
		err = ErrStopped
	}
	return err
}

// cut emits the spans. It is where the stream is held up, as Read is of others:
// what a worker reads is little and soon gone.
func (t *treeHash) cut(ctx context.Context, emit func(span) error) error {
	for i := range t.spans {
		if told(t.Stop) {
			t.stopped = true
			return nil
		}
		if t.Control != nil {
			if err := t.Control.beforeRead(ctx, t.Stop, spanSize); err != nil {
				return err
			}
		}
		if err := emit(span{t.Offset + i*spanSize}); err != nil {
			return err
		}
	}
	return nil
}

// join adds a span to the tree, and marks it when a checkpoint is due.
func (t *treeHash) join(ctx context.Context, h hashedSpan) error {
	for _, v := range h.values {
		if err := t.tree.Join(v); err != nil {
			return err
		}
	}
	t.joined++
	t.behind.passed(t.Offset + t.joined*spanSize)
	t.saver.end = t.Offset + t.joined*spanSize
	t.Arrived(spanSize)
	t.note(spanSize, h.at)
	if t.Save != nil && t.marker.due(spanSize) {
		return t.save(ctx)
	}
	return t.saver.next(ctx)
}

// save marks where the tree is, to be saved as soon as no other mark is.
func (t *treeHash) save(ctx context.Context) error {
	state, err := t.Set.MarshalBinary()
	if err != nil {
		return fmt.Errorf("save digest state: %w", err)
	}
	t.saver.due = &Safe{Offset: t.saver.end, Chunk: t.Chunks + t.joined, State: state}
	return t.saver.next(ctx)
}

// hashedSpan is the values of a span's subtrees.
type hashedSpan struct {
	values []digest.Subtree
	at     time.Time // when its reading began
}

// hashSpan reads and hashes a span, one subtree after another. It holds its memory
// only while it does, so that no worker that waits for its turn keeps another from
// memory.
func (t *treeHash) hashSpan(ctx context.Context, s span) (hashedSpan, error) {
	c, err := t.Pool.Get(ctx, digest.SubtreeSize)
	if err != nil {
		return hashedSpan{}, err
	}
	defer c.Release()
	h := hashedSpan{make([]digest.Subtree, 0, spanSize/digest.SubtreeSize), time.Now()}
	for at := s.offset; at < s.offset+spanSize; at += digest.SubtreeSize {
		v, err := t.hashSubtree(at, c.Data)
		if end, ok := errors.AsType[*endedError](err); ok {
			err = storage.Verify(ctx, t.Source, t.before, end.offset)
		}
		if err != nil {
			return h, err
		}
		h.values = append(h.values, v)
	}
	return h, nil
}

func (t *treeHash) hashSubtree(at int64, p []byte) (digest.Subtree, error) {
	n, err := t.Source.(io.ReaderAt).ReadAt(p, at)
	switch {
	case n == len(p): // whatever the error, all of it came
		return t.tree.HashSubtree(at, p)
	case err == nil || errors.Is(err, io.EOF):
		return digest.Subtree{}, &endedError{at + int64(n)}
	default:
		return digest.Subtree{}, fmt.Errorf("read at %d: %w", at+int64(n), err)
	}
}

// endedError says that the source ended early.
type endedError struct{ offset int64 }

func (e *endedError) Error() string { return fmt.Sprintf("ended early, at %d", e.offset) }
