package stages

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	todo := pipeline.From(p, "size", cut(t.Offset, spans), link...)
	todo = pipeline.Via(todo, "throttle", Throttle(t.Limiter, func(span) {}), link...)
	values := pipeline.Map(todo, "checksum", func(ctx context.Context, s span) ([]digest.Subtree, error) {
		values, err := t.hashSpan(ctx, tree, s)
		if end, ok := errors.AsType[*endedError](err); ok {
			return nil, storage.Verify(ctx, t.Source, before, end.offset)
		}
		return values, err
	}, append(link, pipeline.Workers(t.Workers))...)
	err = pipeline.Each(values, "sink", func(_ context.Context, values []digest.Subtree) error {
		for _, v := range values {
			if err := tree.Join(v); err != nil {
				return err
			}
		}
		t.Arrived(spanSize)
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

func cut(offset, spans int64) pipeline.Source[span] {
	return func(_ context.Context, emit func(span) error) error {
		for i := range spans {
			if err := emit(span{offset + i*spanSize}); err != nil {
				return err
			}
		}
		return nil
	}
}

// hashSpan reads and hashes a span, one subtree after another. It holds its memory only
// while it does, so that no worker that waits for its turn keeps another from
// memory.
func (t Transfer) hashSpan(ctx context.Context, tree digest.Tree, s span) ([]digest.Subtree, error) {
	c, err := t.Pool.Get(ctx, digest.SubtreeSize)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	values := make([]digest.Subtree, 0, spanSize/digest.SubtreeSize)
	for at := s.offset; at < s.offset+spanSize; at += digest.SubtreeSize {
		v, err := t.hashSubtree(tree, at, c.Data)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
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
