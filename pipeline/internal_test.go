package pipeline

import (
	"context"
	"errors"
	"iter"
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

// The last stage may end between Run's last look and its giving up: the run is
// over then, and nobody late.
func TestStageThatEndsAsTheGraceDoesIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Options{Grace: time.Second}.New("p")
		n := From(p, "source", FromSlice([]int{})).link.from
		r := newRun(p)
		ctx := n.scope(t.Context(), r.notify)
		n.askToStop()
		r.state.Store(joined)
		time.AfterFunc(2*time.Second, func() { close(r.done) })
		require.NoError(t, r.await(ctx, ctx))
	})
}

// A producer that finds, when it has let go of the core, that it is refused does
// not go to sleep first.
func TestRefusedProducerDoesNotBlock(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := From(New("p"), "source", FromSlice([]int{}), Slab(1), Buffer(1))
	require.NoError(t, s.link.send(t.Context(), 1))
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		stop()
		s.link.shut.Store(true)
	}()
	require.Error(t, s.link.send(ctx, 2))
	require.Zero(t, s.link.sends.starts.Load())
}

type chunk struct{ *int }

func (chunk) Size() int { return 1 }

// A Tee sends by itself, and has no goroutine, as long as no two outputs are full.
func TestTeeStartsNoGoroutineWithoutNeed(t *testing.T) {
	for kind, test := range map[string]struct {
		opts []Option
		room int // items that can be sent before the first is received
	}{
		"single": {[]Option{Slab(1), Buffer(8)}, 8},
		"slabs":  {[]Option{Slab(4), Buffer(8)}, 8 + 3}, // the last in the open slab
		"bytes":  {[]Option{Bytes(5), Buffer(8)}, 5},
		"items":  {[]Option{Bytes(9), Buffer(5)}, 5},
	} {
		for name, first := range map[string]struct {
			late  []time.Duration // each consumer's
			items int
		}{
			"room in both":       {[]time.Duration{time.Hour, time.Hour}, test.room},
			"the first is full":  {[]time.Duration{time.Hour, 0}, 2 * test.room},
			"the second is full": {[]time.Duration{0, time.Hour}, 2 * test.room},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := New("p")
					s := From(p, "source", func(_ context.Context, emit func(chunk) error) error {
						for range first.items {
							if err := emit(chunk{}); err != nil {
								return err
							}
							time.Sleep(time.Millisecond)
						}
						return nil
					})
					for i, out := range Tee(s, "tee", 2, test.opts...) {
						Into(out, []string{"a", "b"}[i], func(_ context.Context, in iter.Seq2[chunk, error]) error {
							time.Sleep(first.late[i])
							for _, err := range in {
								if err != nil {
									return err
								}
							}
							return nil
						})
					}
					require.NoError(t, p.Run(t.Context()))
					require.Equal(t, int64(1), p.nodes[1].active.starts.Load(), "the stage itself")
				})
			})
		}
	}
}

// What the consumer has had is not held by the link until its place is needed; the
// slab is used again.
func TestLinkHoldsNothingThatItsConsumerHasHad(t *testing.T) {
	item := chunk{new(int)}
	s := From(New("p"), "source", FromSlice([]chunk{}), Slab(2), Buffer(4))
	fill := func() []chunk {
		require.NoError(t, s.link.send(t.Context(), item))
		require.NoError(t, s.link.send(t.Context(), item))
		slab, err := s.link.take(nil)
		require.NoError(t, err)
		require.Equal(t, []chunk{item, item}, slab)
		return slab
	}
	slab := fill()
	none, err := s.link.take(slab)
	require.NoError(t, err)
	require.Nil(t, none)
	require.Equal(t, make([]chunk, 2), slab)
	require.Same(t, &slab[0], &fill()[0])

	link := From(New("p"), "source", FromSlice([]chunk{}), Bytes(2)).link
	require.NoError(t, link.send(t.Context(), item))
	_, err = link.take(nil)
	require.NoError(t, err)
	require.Zero(t, link.carrier.(*weighed[chunk]).in.hand[0])
}
