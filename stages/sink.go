package stages

import (
	"context"
	"iter"

	"github.com/penstock-go/penstock/pipeline"
)

// Discard is the sink of a stream whose bytes are wanted nowhere: it tells
// arrived how many came with each chunk, and lets them go.
func Discard(arrived func(bytes int)) pipeline.Sink[*Chunk] {
	return func(_ context.Context, in iter.Seq2[*Chunk, error]) error {
		for c, err := range in {
			if err != nil {
				return err
			}
			n := c.Size()
			c.Release()
			arrived(n)
		}
		return nil
	}
}
