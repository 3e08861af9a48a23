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

// span is a range of a source that is still to be read: one subtree.
type span struct {
	offset int64
	size   int
}

// Size is what the range weighs against a rate.
func (s span) Size() int { return s.size }

// hashesSubtrees reports whether the stream can be read and hashed in subtrees.
func (t Transfer) hashesSubtrees() bool {
	_, tree := t.Set.Tree()
	_, random := t.Source.(io.ReaderAt)
	return tree && random && t.Workers > 1 && t.Offset%digest.SubtreeSize == 0
}

// subtrees runs a stream whose only digest is a tree hash, whose bytes are
// wanted nowhere else. Reading and hashing are one step here, done by several
// workers, each on a subtree that stays in its core's own cache in between:
// handing the bytes from a reading to a hashing goroutine takes a third longer.
// The same stages do what is left, the end of the stream that is no subtree.
func (t Transfer) subtrees(ctx context.Context) error {
	tree, _ := t.Set.Tree()
	link := []pipeline.Option{pipeline.Buffer(t.Workers), pipeline.Slab(1)}
	whole := t.Source.Size() / digest.SubtreeSize * digest.SubtreeSize

	p := pipeline.New("transfer")
	spans := pipeline.From(p, "size", cut(t.Offset, whole), link...)
	spans = pipeline.Via(spans, "throttle", Throttle(t.Limiter, func(span) {}), link...)
	sums := pipeline.Map(spans, "checksum", func(ctx context.Context, s span) (digest.Subtree, error) {
		return t.hashSubtree(ctx, tree, s)
	}, append(link, pipeline.Workers(t.Workers))...)
	err := pipeline.Each(sums, "sink", func(_ context.Context, s digest.Subtree) error {
		t.Arrived(digest.SubtreeSize)
		return tree.Join(s)
	}).Run(ctx)
	if err != nil {
		return err
	}
	t.Offset = max(t.Offset, whole)
	return t.inline(ctx)
}

func cut(from, to int64) pipeline.Source[span] {
	return func(_ context.Context, emit func(span) error) error {
		for offset := from; offset < to; offset += digest.SubtreeSize {
			if err := emit(span{offset, digest.SubtreeSize}); err != nil {
				return err
			}
		}
		return nil
	}
}

// hashSubtree reads one subtree and hashes it at once. It holds its memory only
// while it does both, so that no worker that waits for its turn keeps another
// from memory.
func (t Transfer) hashSubtree(ctx context.Context, tree digest.Tree, s span) (digest.Subtree, error) {
	c, err := t.Pool.Get(ctx, s.size)
	if err != nil {
		return digest.Subtree{}, err
	}
	defer c.Release()
	n, err := t.Source.(io.ReaderAt).ReadAt(c.Data, s.offset)
	switch {
	case n == s.size: // whatever the error, all of it came
	case errors.Is(err, io.EOF) || err == nil:
		return digest.Subtree{}, t.shrunk(ctx, s.offset+int64(n))
	default:
		return digest.Subtree{}, fmt.Errorf("read at %d: %w", s.offset+int64(n), err)
	}
	return tree.HashSubtree(s.offset, c.Data)
}

// shrunk is the error of a source that ended before its size.
func (t Transfer) shrunk(ctx context.Context, end int64) error {
	before, err := storage.Begin(ctx, t.Source)
	if err != nil {
		return err
	}
	return storage.Verify(ctx, t.Source, before, end)
}
