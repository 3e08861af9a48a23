package pipeline

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What is here cannot be made to happen from outside, because it takes two
// goroutines to meet between two lines.

// A cancellation reaches the contexts of the stages one after another. A
// consumer whose producer had it first, and has closed the link, must not take
// the stream for a finished one.
func TestEndOfAProducerThatWasCutShortIsNotTheEndOfTheStream(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		opt      Option
		returned error
	}{
		"single":               {Slab(1), boom},
		"slabs":                {Slab(16), boom},
		"hidden by nil":        {Slab(16), nil},
		"hidden by an ErrStop": {Slab(16), ErrStop},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := From(New("p"), "source", FromSlice([]int{}), test.opt)
				s.link.from.stop = func() bool { return true }
				r := newRun(s.link.from.p)
				r.left.Store(1)
				producer, stop := context.WithCancelCause(t.Context())
				stop(boom)
				r.leave(producer, s.link.from, test.returned)
				consumer, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(boom) })
				in := &inlet[int]{link: s.link}
				require.Equal(t, boom, in.fill(consumer, nil))
			})
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

// Where the other end has what it takes, and only wants a core, neither end
// blocks: parking and waking would cost several times as much as an item.
func TestNeitherEndBlocksWhereTheOtherOnlyWantsACore(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, opts := range map[string][]Option{
		"single": {Slab(1), Buffer(1)},
		"slabs":  {Slab(4), Buffer(4)},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 10_000
			s := From(New("p"), "source", FromSlice(make([]int, n)), opts...)
			require.NoError(t, Each(s, "sink", func(context.Context, int) error { return nil }).Run(t.Context()))
			require.Less(t, s.link.sends.starts.Load()+s.link.recvs.starts.Load(), int64(n/10))
		})
	}
}

// The same on the way down: the caller's cancellation may not have come to the
// run's own context when the links are told.
func TestCallersCauseIsThatOfEveryStage(t *testing.T) {
	boom := errors.New("boom")
	s := From(New("p"), "source", FromSlice([]int{}))
	r := newRun(s.link.from.p)
	ctx, fail := context.WithCancelCause(t.Context())
	r.fail = fail
	stage := s.link.from.scope(ctx, r.notify)
	caller, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	go func() {
		<-stage.Done()
		close(r.done)
	}()
	require.NoError(t, r.await(ctx, caller))
	require.Equal(t, boom, context.Cause(stage))
}
