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
	stage := s.link.from.scope(ctx)
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
		ctx := n.scope(t.Context())
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
	const times = 100
	blocked := int64(0)
	for range times {
		link := From(New("p"), "source", FromSlice([]int{}), Slab(1), Buffer(1)).link
		require.NoError(t, link.send(t.Context(), 1))
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			stop()
			link.shut.Store(true)
		}()
		require.Error(t, link.send(ctx, 2))
		blocked += link.sends.starts.Load()
	}
	require.Less(t, blocked, int64(times/4), "now and then the core goes to somebody else")
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

// late is a context whose end is on its way to those made of it.
type late struct{ context.Context } //nolint:containedctx // it is one

func (late) Done() <-chan struct{} { return nil }

// Whoever ends the run does not leave it to a cancellation under way to tell the
// stages why.
func TestHaltIsAheadOfTheCancellation(t *testing.T) {
	boom := errors.New("boom")
	s := From(New("p"), "source", FromSlice([]int{}))
	caller, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	stage := s.link.from.scope(late{caller})
	require.NoError(t, stage.Err())
	newRun(s.link.from.p).halt()
	require.Equal(t, boom, context.Cause(stage))
}

// A producer that looked before its consumer left may send after that. What it
// sent is dropped at the end, by Run or, where that has given up, by the stage.
func TestWhatIsSentToAConsumerThatHasLeftIsDropped(t *testing.T) {
	for _, grace := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			dropped := 0
			var link *link[int]
			s := From(Options{Grace: grace}.New("p"), "source", func(ctx context.Context, _ func(int) error) error {
				<-ctx.Done()
				time.Sleep(2 * time.Second)
				//nolint:contextcheck // its own has ended: it is the send that did not look
				require.True(t, put(t.Context(), &link.wire, link.carrier.(*single[int]).ch, 1))
				return ErrStop
			}, Slab(1), Buffer(1), Drop(func(int) { dropped++ }))
			link = s.link
			link.shut.Store(false)
			err := Into(s, "sink", func(context.Context, iter.Seq2[int, error]) error { return nil }).Run(t.Context())
			require.Equal(t, grace > 0, err != nil)
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Equal(t, 1, dropped)
		})
	}
}

// A consumer that waits is sent one item by itself, and the rest in slabs again,
// also where another was quicker to fill one.
func TestHungryConsumerIsFedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := From(New("p"), "source", FromSlice([]int{}), Slab(4), Buffer(8))
		l := s.link.carrier.(*slabs[int])
		go func() { _, _ = l.wait(t.Context(), nil) }()
		synctest.Wait()
		l.ch <- make([]int, 4)
		synctest.Wait()
		require.False(t, l.hungry.Load())

		l.hungry.Store(true)
		for i := range 6 {
			require.NoError(t, l.send(t.Context(), i))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = l.send(ctx, 6); _ = l.send(ctx, 7); _ = l.send(ctx, 8) }()
		synctest.Wait()
		require.Equal(t, 8, l.stats().Fill, "the producer waits, though one slab is not full")
		var sizes []int
		for range 2 {
			slab, err := l.take(nil)
			require.NoError(t, err)
			sizes = append(sizes, len(slab))
		}
		require.Equal(t, []int{1, 4}, sizes)
		cancel()
	})
}

// What comes between a consumer's last look and its wait is not waited for.
func TestWaitLooksOnceMore(t *testing.T) {
	for name, opts := range map[string][]Option{"single": {Slab(1)}, "slabs": {Slab(4)}, "bytes": {Bytes(9)}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			link := From(New("p"), "source", FromSlice([]chunk{}), opts...).link
			require.NoError(t, link.send(ctx, chunk{}))
			require.Zero(t, link.sends.starts.Load(), "there was room")
			slab, err := link.wait(ctx, nil)
			require.NoError(t, err)
			require.Len(t, slab, 1)
			link.seal(ctx)
			_, err = link.wait(ctx, nil)
			require.Equal(t, errEnd, err)
		})
	}
}

func TestSizeOfAGrain(t *testing.T) {
	const slab = 16
	for name, test := range map[string]struct {
		size, n int // what a grain may have, and had
		took    time.Duration
		want    int64
	}{
		"cheap":                       {4, 4, growBelow - 1, 8},
		"cheap, and as large as can":  {slab, slab, 0, slab},
		"cheap, but only a part":      {8, 4, 0, 8},
		"neither":                     {4, 4, growBelow, 4},
		"not slow yet":                {4, 4, shrinkAbove, 4},
		"slow":                        {4, 4, shrinkAbove + 1, 2},
		"slow, but as small as it is": {1, 1, time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := From(New("p"), "source", FromSlice([]int{}), Slab(slab))
			p := parallel[int, int]{in: &inlet[int]{link: s.link}}
			p.size.Store(int64(test.size))
			p.adapt(test.n, test.took)
			require.Equal(t, test.want, p.size.Load())
		})
	}
}

// A grain holds neither an item nor a result that has gone on.
func TestGrainHoldsNothingThatHasGoneOn(t *testing.T) {
	v := new(int)
	p := &parallel[*int, *int]{node: &node{}}
	g := newGrain[*int, *int]()
	g.fill([]*int{v, v, v})
	require.True(t, g.keep(v))
	_, kept := g.pop()
	require.True(t, kept)
	require.Nil(t, g.results[0])
	g.pop() // the turn has come
	require.False(t, g.keep(v))
	for _, r := range g.results {
		require.Nil(t, r)
	}
	for _, p.ordered = range []bool{true, false} {
		g := newGrain[*int, *int]()
		g.fill([]*int{v})
		if p.ordered {
			p.line.join(g)
		}
		g.results[0] = v
		w := worker[*int, *int]{parallel: p, grain: g}
		require.NoError(t, w.passOn(t.Context()))
		require.Nil(t, g.items[0])
		if p.ordered {
			require.Nil(t, g.results[0])
		}
	}
}

// What was dropped is held by nobody, whether it had to be released or not.
func TestDropperHoldsNothing(t *testing.T) {
	for _, release := range []func(*int){nil, func(*int) {}} {
		p := New("p")
		p.dropping = make(chan struct{}, 1)
		of := &node{p: p}
		vs := []*int{new(int), new(int)}
		dropper[*int]{release, of}.all(vs)
		require.Equal(t, []*int{nil, nil}, vs)
	}
}
