package stages

import (
	"context"
	"fmt"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/digest"
)

// Checksum feeds every chunk to all digests of the set in one pass, in order,
// and hands it on. A marked chunk carries the digests' state from here, so
// that the state and the offset it belongs to stay together until the sink
// saves both.
//
// The set is the caller's: it holds the sums when the stage has returned.
func Checksum(set *digest.Set) pipeline.Stage[*Chunk, *Chunk] {
	return func(_ context.Context, in iter.Seq2[*Chunk, error], emit func(*Chunk) error) error {
		for c, err := range in {
			if err != nil {
				return err
			}
			if err := hold(c, (*Chunk).Release, func() error { return sum(set, c) }); err != nil {
				return err
			}
			if err := emit(c); err != nil {
				return err
			}
		}
		return nil
	}
}

func sum(set *digest.Set, c *Chunk) error {
	if _, err := set.Write(c.Data); err != nil {
		return fmt.Errorf("hash at %d: %w", c.Offset, err)
	}
	if !c.Mark {
		return nil
	}
	state, err := set.MarshalBinary()
	if err != nil {
		return fmt.Errorf("save digest state at %d: %w", c.End(), err)
	}
	c.State = state
	return nil
}
