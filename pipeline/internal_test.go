package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is here cannot be made to happen from outside, because it takes two
// goroutines to meet between two lines.

// lateContext ends between two looks at it.
type lateContext struct {
	context.Context //nolint:containedctx // it is one
	looks           int
}

func (c *lateContext) Err() error {
	if c.looks++; c.looks == 1 {
		return nil
	}
	return c.Context.Err()
}

// A producer that fails ends the run and then closes its link. A consumer that
// looked at its context before the one and at the link after the other must not
// take the stream for a finished one.
func TestEndOfAFailedProducerIsNotTheEndOfTheStream(t *testing.T) {
	boom := errors.New("boom")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	for name, opt := range map[string]Option{"single": Slab(1), "slabs": Slab(16)} {
		t.Run(name, func(t *testing.T) {
			s := From(New("p"), "source", FromSlice([]int{}), opt)
			s.link.seal(ctx, cutShort)
			in := &inlet[int]{link: s.link}
			require.Equal(t, boom, in.fill(&lateContext{Context: ctx}, nil)) //nolint:contextcheck // it wraps ctx
		})
	}
}

// A batch is due also while items are always there to be taken.
func TestBatchIsDueThoughItNeverWaits(t *testing.T) {
	s := From(New("p"), "source", FromSlice([]int{}), Slab(1), Buffer(8))
	for i := range 8 {
		require.NoError(t, s.link.send(t.Context(), i))
	}
	b := &batcher[int]{
		in: &inlet[int]{link: s.link}, n: 100, every: time.Nanosecond,
		out: newLink[[]int](&node{p: New("q")}, settings{}, nil),
	}
	due := time.NewTimer(time.Hour) // gather sets it to a nanosecond
	for range 8 {
		require.NoError(t, b.in.fill(t.Context(), nil))
		require.NoError(t, b.gather(t.Context(), due))
		if b.batch == nil {
			return // it was emitted
		}
	}
	t.Fatal("the batch waits for its hundredth item")
}
