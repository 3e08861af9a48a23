package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

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
	return tree && random && t.Workers > 1 && t.Offset%digest.SubtreeSize == 0
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
	tree, _ := t.Set.Tree()
	spans := (t.Source.Size() - t.Offset) / spanSize
	link := []pipeline.Option{pipeline.Buffer(t.Workers), pipeline.Slab(1)}

	p := pipeline.New("transfer")
	todo := pipeline.From(p, stageSize, t.cut(spans), link...)
	todo = pipeline.Via(todo, stageThrottle, Throttle(t.Limiter, func(span) {}), link...)
	hashed := pipeline.Map(todo, stageChecksum, func(ctx context.Context, s span) (hashedSpan, error) {
		h, err := t.hashSpan(ctx, tree, s)
		if end, ok := errors.AsType[*endedError](err); ok {
			return h, storage.Verify(ctx, t.Source, before, end.offset)
		}
		return h, err
	}, append(link, pipeline.Workers(t.Workers))...)
	note := func(int, time.Time) {}
	if t.Control != nil {
		s := t.Control.stream(t.Source.Size())
		defer s.follow(p, todo.Fill, hashed.Fill)()
		note = s.arrived
	}
	err = pipeline.Each(hashed, stageSink, func(_ context.Context, h hashedSpan) error {
		for _, v := range h.values {
			if err := tree.Join(v); err != nil {
				return err
			}
		}
		t.Arrived(spanSize)
		note(spanSize, h.at)
		return nil
	}).Run(ctx)
	if err != nil {
		return err
	}
	t.Offset += spans * spanSize
	if err := t.inline(ctx); err != nil {
		return err
	}
	return storage.Verify(ctx, t.Source, before, t.Source.Size())
}

// cut emits so many spans. It is where the stream is held up, as Read is of
// others: what a worker reads is little and soon gone.
func (t Transfer) cut(spans int64) pipeline.Source[span] {
	return func(ctx context.Context, emit func(span) error) error {
		for i := range spans {
			if t.Control != nil {
				if err := t.Control.beforeRead(ctx); err != nil {
					return err
				}
			}
			if err := emit(span{t.Offset + i*spanSize}); err != nil {
				return err
			}
		}
		return nil
	}
}

// hashedSpan is the values of a span's subtrees.
type hashedSpan struct {
	values []digest.Subtree
	at     time.Time // when its reading began
}

// hashSpan reads and hashes a span, one subtree after another. It holds its memory
// only while it does, so that no worker that waits for its turn keeps another from
// memory.
func (t Transfer) hashSpan(ctx context.Context, tree digest.Tree, s span) (hashedSpan, error) {
	c, err := t.Pool.Get(ctx, digest.SubtreeSize)
	if err != nil {
		return hashedSpan{}, err
	}
	defer c.Release()
	h := hashedSpan{make([]digest.Subtree, 0, spanSize/digest.SubtreeSize), time.Now()}
	for at := s.offset; at < s.offset+spanSize; at += digest.SubtreeSize {
		v, err := t.hashSubtree(tree, at, c.Data)
		if err != nil {
			return h, err
		}
		h.values = append(h.values, v)
	}
	return h, nil
}

func (t Transfer) hashSubtree(tree digest.Tree, at int64, p []byte) (digest.Subtree, error) {
	n, err := t.Source.(io.ReaderAt).ReadAt(p, at)
	switch {
	case n == len(p): // whatever the error, all of it came
		return tree.HashSubtree(at, p)
	case err == nil || errors.Is(err, io.EOF):
		return digest.Subtree{}, &endedError{at + int64(n)}
	default:
		return digest.Subtree{}, fmt.Errorf("read at %d: %w", at+int64(n), err)
	}
}

// endedError says that the source ended early.
type endedError struct{ offset int64 }

func (e *endedError) Error() string { return fmt.Sprintf("ended early, at %d", e.offset) }
