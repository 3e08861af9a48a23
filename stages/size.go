package stages

import (
	"context"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
)

// Sizer says how many bytes the next chunk is to hold. Read asks it before
// every read, so it may answer differently each time; an answer outside
// [1, MaxChunk] is clamped. It is called from one goroutine at a time.
type Sizer interface {
	Next() int
}

// Fixed is the Sizer whose every chunk has the same size, in bytes.
type Fixed int

var _ Sizer = Fixed(0)

// Next is the fixed size.
func (f Fixed) Next() int { return int(f) }

// Size hands on every chunk in pieces of at most limit() bytes, asked anew for
// each piece. A chunk is cut without copying and without losing a byte. A
// limit of zero or less cuts nothing.
func Size(limit func() int) pipeline.Stage[*Chunk, *Chunk] {
	return func(ctx context.Context, in iter.Seq2[*Chunk, error], emit func(*Chunk) error) error {
		for c, err := range in {
			if err != nil {
				return err
			}
			if err := emitPieces(c, limit, emit); err != nil {
				return err
			}
		}
		return nil
	}
}

func emitPieces(c *Chunk, limit func() int, emit func(*Chunk) error) error {
	for {
		n := limit()
		if n <= 0 || c.Size() <= n {
			return emit(c)
		}
		if err := hold(c, (*Chunk).Release, func() error { return emit(c.Split(n)) }); err != nil {
			return err
		}
	}
}
