package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// The bound of doc.go, "Limits": what a link keeps when nothing is taken out of
// it, and that the buffer is really there.
func TestLinkHoldsWhatItSays(t *testing.T) {
	for _, buffer := range []int{1, 2, 3, 4, 7, 16, 17, 64, 100} {
		for _, slab := range []int{1, 2, 4, 16, 64} {
			t.Run(fmt.Sprintf("buffer %d slab %d", buffer, slab), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					emitted := 0
					p := pipeline.New("p")
					s := pipeline.From(p, "source", func(_ context.Context, emit func(int) error) error {
						for {
							if err := emit(1); err != nil {
								return err
							}
							emitted++
						}
					}, pipeline.Buffer(buffer), pipeline.Slab(slab))
					ctx, cancel := context.WithCancel(t.Context())
					pipeline.Each(s, "sink", func(ctx context.Context, _ int) error {
						<-ctx.Done()
						return ctx.Err()
					})
					done := make(chan error, 1)
					go func() { done <- p.Run(ctx) }()
					synctest.Wait()
					slab := min(slab, buffer)
					// The item whose emit blocks is held as well, hence the +1.
					require.LessOrEqual(t, emitted+1, buffer+2*slab)
					require.GreaterOrEqual(t, emitted, buffer/slab*slab)
					link := p.Stats().Links[0]
					require.Equal(t, buffer/slab*slab, link.Cap)
					require.Equal(t, link.Cap, link.Fill)
					require.InDelta(t, 1.0, p.Fill(), 0)
					cancel()
					require.ErrorIs(t, <-done, context.Canceled)
				})
			})
		}
	}
}

// Invariant 4: nobody who blocks on a link stays there when his context ends,
// on either side, whatever the kind of link.
func TestBlockedEndsOfALinkAreFreed(t *testing.T) {
	for name, opts := range linkKinds() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				p := pipeline.New("p")
				fast := pipeline.From(p, "fast", new(ledger).source(-1), opts...)
				slow := pipeline.From(p, "slow", func(ctx context.Context, _ func(*item) error) error {
					<-ctx.Done()
					return nil
				}, opts...)
				wait := func(ctx context.Context, _ *item) error {
					<-ctx.Done()
					return nil
				}
				pipeline.Each(fast, "stuck", wait)
				pipeline.Each(slow, "starved", wait)
				time.AfterFunc(time.Second, func() { cancel(errBoom) })
				require.Equal(t, errBoom, runIn(ctx, t, p))
			})
		})
	}
}

func linkKinds() map[string][]pipeline.Option {
	return map[string][]pipeline.Option{
		"single":  {pipeline.Slab(1)},
		"slabs":   {pipeline.Buffer(16), pipeline.Slab(4)},
		"default": {},
		"bytes":   {pipeline.Bytes(500)},
	}
}

// Invariant 5: every item is either received or dropped, once. Each case is one
// of the places where an item can be when the run ends.
func TestDropGetsWhatNobodyReceived(t *testing.T) {
	for kind, opts := range linkKinds() {
		for name, sink := range map[string]pipeline.Sink[*item]{
			"left in the link, and a producer blocked": func(ctx context.Context, _ iter.Seq2[*item, error]) error {
				synctest.Wait()
				return nil
			},
			"half a slab in hand": func(_ context.Context, in iter.Seq2[*item, error]) error {
				n := 0
				for it, err := range in {
					if err != nil {
						return err
					}
					synctest.Wait() // lets slabs become full ones
					it.release()
					if n++; n == 6 {
						return nil
					}
				}
				return nil
			},
			"half a slab in hand of a panicking consumer": func(_ context.Context, in iter.Seq2[*item, error]) error {
				n := 0
				for it, err := range in {
					synctest.Wait()
					it.release()
					if n++; n == 6 {
						panic(errors.Join(err, errBoom))
					}
				}
				return nil
			},
			"half a slab in hand at Goexit": func(_ context.Context, in iter.Seq2[*item, error]) error {
				for it, err := range in {
					it.release()
					runtime.Goexit()
					return err
				}
				return nil
			},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var l ledger
					s := pipeline.From(pipeline.New("p"), "source", l.source(-1), append(opts, pipeline.Drop((*item).release))...)
					_ = runIn(t.Context(), t, pipeline.Into(s, "sink", sink))
					require.NoError(t, l.check())
					require.Greater(t, l.made.Load(), int64(1))
				})
			})
		}
	}
}

// An emit that returns an error has dropped the item, so that the caller need
// not, and must not, release it. The error is why the stage has to end.
func TestRefusedEmitDropsTheItem(t *testing.T) {
	for kind, opts := range linkKinds() {
		for end, test := range map[string]struct {
			sink pipeline.Sink[*item]
			want error
		}{
			"consumer left":   {func(context.Context, iter.Seq2[*item, error]) error { return nil }, pipeline.ErrStop},
			"consumer failed": {func(context.Context, iter.Seq2[*item, error]) error { return errBoom }, errBoom},
			"cancelled, and the consumer is still there": {func(ctx context.Context, _ iter.Seq2[*item, error]) error {
				<-ctx.Done()
				time.Sleep(time.Minute)
				return ctx.Err()
			}, context.DeadlineExceeded},
		} {
			t.Run(kind+"/"+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var dropped []int
					var l ledger
					s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(*item) error) error {
						<-ctx.Done()
						synctest.Wait() // until the links are told
						for i := range 2 {
							require.ErrorIs(t, emit(l.item(i)), test.want)
							require.Len(t, dropped, i+1)
						}
						return ctx.Err()
					}, append(opts, pipeline.Drop(func(it *item) { dropped = append(dropped, it.v) }))...)
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					_ = pipeline.Into(s, "sink", test.sink).Run(ctx)
					require.Equal(t, []int{0, 1}, dropped)
				})
			})
		}
	}
}

func TestDropThatPanicsIsReportedAndLosesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := 0
		s := pipeline.From(pipeline.New("p"), "source", count(10), pipeline.Drop(func(v int) {
			dropped++
			if v == 3 {
				panic(errBoom)
			}
		}))
		err := pipeline.Into(s, "sink", func(context.Context, iter.Seq2[int, error]) error {
			synctest.Wait()
			return nil
		}).Run(t.Context())
		require.ErrorIs(t, err, errBoom)
		require.ErrorContains(t, err, "source: panic: boom")
		require.Equal(t, 10, dropped)
	})
}

// A stage uses the Drop of its input while the type stays the same.
func TestDropIsInherited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		s := pipeline.From(pipeline.New("p"), "source", l.source(100), pipeline.Drop((*item).release))
		s = pipeline.Map(s, "map", l.same)
		s = pipeline.Via(s, "via", pairwise(op{}))
		s = pipeline.Merge("merge", pipeline.Partition(s, "partition", 3, func(it *item) int { return it.v }))
		batches := pipeline.Batch(s, "batch", 7, 0)
		err := pipeline.Each(batches, "sink", func(ctx context.Context, batch []*item) error {
			for _, it := range batch {
				it.release()
			}
			synctest.Wait()
			return pipeline.ErrStop
		}).Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, l.check())
	})
}

// Drop is not called by two goroutines at once, so that it needs no lock: the
// race detector is the judge.
func TestDropIsCalledOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := 0
		p := pipeline.New("p")
		for i := range 4 {
			s := pipeline.From(p, fmt.Sprint("source ", i), count(50), pipeline.Drop(func(int) { dropped++ }))
			pipeline.Into(s, fmt.Sprint("sink ", i), func(context.Context, iter.Seq2[int, error]) error {
				time.Sleep(time.Second) // until all sources have filled their links
				return nil
			})
		}
		require.NoError(t, p.Run(t.Context()))
		require.Equal(t, 200, dropped)
	})
}

// Each end of a link is freed by its own context, whatever the other end does.
func TestBlockedEndIsFreedThoughTheOtherIsDeaf(t *testing.T) {
	for name, opts := range linkKinds() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
				defer cancel()
				var producer, consumer time.Duration // when each was freed
				start := time.Now()
				p := pipeline.New("p")
				blocked := pipeline.From(p, "blocked", func(ctx context.Context, emit func(*item) error) error {
					err := new(ledger).source(-1)(ctx, emit)
					producer = time.Since(start)
					require.Equal(t, errBoom, err)
					return err
				}, opts...)
				deaf := func(context.Context, *item) error {
					time.Sleep(time.Minute)
					return nil
				}
				pipeline.Each(blocked, "deaf sink", deaf)
				silent := pipeline.From(p, "deaf source", func(context.Context, func(*item) error) error {
					time.Sleep(time.Minute)
					return nil
				}, opts...)
				pipeline.Into(silent, "starved", func(_ context.Context, in iter.Seq2[*item, error]) error {
					for _, err := range in {
						consumer = time.Since(start)
						return err
					}
					return nil
				})
				require.Equal(t, errBoom, p.Run(ctx))
				require.Equal(t, time.Second, producer)
				require.Equal(t, time.Second, consumer)
			})
		})
	}
}

// A producer may be about to send to a consumer that is just leaving. What then
// lies in the link is dropped when the run ends. Real goroutines, and as many
// runs as it takes.
func TestDropGetsWhatIsSentToAConsumerThatLeaves(t *testing.T) {
	for range 600 {
		var l ledger
		p := pipeline.New("p")
		s := pipeline.From(p, "source", l.source(200), pipeline.Drop((*item).release))
		outs := pipeline.Partition(s, "partition", 2, func(it *item) int { return it.v % 7 }, pipeline.Slab(1), pipeline.Buffer(2))
		for i, out := range outs {
			pipeline.Each(out, fmt.Sprint("sink ", i), func(_ context.Context, it *item) error {
				defer it.release()
				if i == 0 && it.v > 50 {
					return pipeline.ErrStop
				}
				return nil
			})
		}
		require.NoError(t, p.Run(t.Context()))
		require.NoError(t, l.check())
	}
}
