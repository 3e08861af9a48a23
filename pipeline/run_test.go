package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

var errBoom = errors.New("boom")

// count is a source of 0 … n-1.
func count(n int) pipeline.Source[int] {
	return func(_ context.Context, emit func(int) error) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func same(_ context.Context, v int) (int, error) { return v, nil }

func ignore(context.Context, int) error { return nil }

// stuck is a source that emits nothing and waits for its context.
func stuck(ctx context.Context, _ func(int) error) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// runIn runs p in the bubble of t and returns its error, or fails if it does
// not end within an hour of virtual time.
func runIn(ctx context.Context, t *testing.T, p *pipeline.Pipeline) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Hour):
		t.Fatal("Run does not end")
		return nil
	}
}

func TestRunCarriesEveryItemInOrder(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 32, 63, 64, 65, 80, 81, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeline.From(pipeline.New("p"), "count", count(n))
			s = pipeline.Map(s, "a", same)
			s = pipeline.Map(s, "b", same, pipeline.Slab(1), pipeline.Buffer(2))
			var got []int
			require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
			require.Len(t, got, n)
			require.IsIncreasing(t, append([]int{-1}, got...))
		})
	}
}

// Invariant 1: nothing runs after Run, however it ended. The bubble fails on a
// goroutine that is left, and the ledger on an item.
func TestRunLeavesNothingBehind(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(ctx context.Context, cancel context.CancelCauseFunc, v int) error
		want error
	}{
		"sink returns early": {func(context.Context, context.CancelCauseFunc, int) error { return pipeline.ErrStop }, nil},
		"sink fails":         {func(context.Context, context.CancelCauseFunc, int) error { return errBoom }, errBoom},
		"sink panics":        {func(context.Context, context.CancelCauseFunc, int) error { panic(errBoom) }, errBoom},
		"cancelled while the sink works": {func(_ context.Context, cancel context.CancelCauseFunc, _ int) error {
			cancel(errBoom)
			return nil
		}, errBoom},
		"cancelled while the sink is stuck and every producer blocked": {func(ctx context.Context, cancel context.CancelCauseFunc, _ int) error {
			time.AfterFunc(time.Minute, func() { cancel(errBoom) })
			<-ctx.Done()
			return context.Cause(ctx)
		}, errBoom},
		"deadline while the sink is stuck": {func(ctx context.Context, _ context.CancelCauseFunc, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
				defer stop()
				ctx, cancel := context.WithCancelCause(ctx)
				s := pipeline.From(pipeline.New("p"), "items", l.source(-1), pipeline.Drop((*item).release))
				s = pipeline.Map(s, "same", l.same, pipeline.Workers(3), pipeline.Slab(8), pipeline.Buffer(32))
				s = pipeline.Via(s, "hold", pairwise(op{}), pipeline.Slab(4), pipeline.Buffer(8))
				err := runIn(ctx, t, pipeline.Each(s, "sink", func(ctx context.Context, it *item) error {
					defer it.release()
					if it.v == 100 {
						return test.end(ctx, cancel, it.v)
					}
					return nil
				}))
				require.ErrorIs(t, err, test.want)
				require.NoError(t, l.check())
			})
		})
	}
}

// source emits n items, or without end if n is negative.
func (l *ledger) source(n int) pipeline.Source[*item] {
	return func(_ context.Context, emit func(*item) error) error {
		for i := 0; i != n; i++ {
			if err := emit(l.item(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (l *ledger) same(_ context.Context, it *item) (*item, error) {
	defer it.release()
	return l.item(it.v), nil
}

func TestRunReturnsTheCausesOfItsContext(t *testing.T) {
	for name, test := range map[string]struct {
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		want error
	}{
		"cause": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Second, errBoom)
		}, errBoom},
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded},
		"ended before": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.ctx(t.Context())
				defer cancel()
				s := pipeline.From(pipeline.New("p"), "stuck", stuck)
				err := pipeline.Each(s, "sink", ignore).Run(ctx)
				require.Equal(t, test.want, err)
			})
		})
	}
}

func TestRunWithAnEndedContextStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		source := func(context.Context, func(int) error) error {
			t.Error("the source was started")
			return nil
		}
		s := pipeline.From(pipeline.New("p"), "source", source)
		require.ErrorIs(t, pipeline.Each(s, "sink", ignore).Run(ctx), context.Canceled)
		for _, err := range pipeline.All(ctx, pipeline.From(pipeline.New("q"), "source", source)) {
			require.ErrorIs(t, err, context.Canceled)
		}
	})
}

// Invariant 3: ErrStop goes upward, stage by stage, and is no error.
func TestStopTravelsUpward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		causes := make(map[string]error)
		s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(int) error) error {
			if err := emit(1); err != nil {
				return err
			}
			<-ctx.Done() // the consumer is not asked again: only its context tells it
			causes["source"] = context.Cause(ctx)
			return ctx.Err()
		})
		s = pipeline.Via(s, "middle", func(ctx context.Context, in iter.Seq2[int, error], emit func(int) error) error {
			for v, err := range in {
				if err != nil {
					causes["middle"] = context.Cause(ctx)
					require.Equal(t, pipeline.ErrStop, err)
					return err
				}
				if err := emit(v); err != nil {
					return err
				}
			}
			return nil
		})
		p := pipeline.Into(s, "sink", func(_ context.Context, in iter.Seq2[int, error]) error {
			for _, err := range in {
				return err
			}
			return nil
		})
		require.NoError(t, runIn(t.Context(), t, p))
		require.Equal(t, map[string]error{"source": pipeline.ErrStop, "middle": pipeline.ErrStop}, causes)
	})
}

// A stage that has enough ends the stream below it, which is then a whole one.
func TestStageThatReturnsEarlyEndsTheStream(t *testing.T) {
	for name, result := range map[string]error{"nil": nil, "ErrStop": pipeline.ErrStop} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.From(pipeline.New("p"), "count", count(1000))
				s = pipeline.Via(s, "first", func(_ context.Context, in iter.Seq2[int, error], emit func(int) error) error {
					for v, err := range in {
						if err != nil || v == 20 {
							return errors.Join(err, result)
						}
						if err := emit(v); err != nil {
							return err
						}
					}
					return nil
				})
				var got []int
				require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
				require.Len(t, got, 20)
			})
		})
	}
}

// A cut stream never looks like a finished one, even when the source hides it.
func TestCutStreamIsNotAFinishedOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(int) error) error {
			if err := emit(1); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		})
		s = pipeline.Map(s, "map", same)
		var last error
		p := pipeline.Into(s, "sink", func(_ context.Context, in iter.Seq2[int, error]) error {
			for _, err := range in {
				last = err
			}
			return nil // hides it as well
		})
		time.AfterFunc(time.Second, func() { cancel(errBoom) })
		require.Equal(t, errBoom, p.Run(ctx))
		require.Equal(t, errBoom, last)
	})
}

// A stage is told of the end at its next item, not at its next slab or grain,
// whoever ends the run, and also where Run has an eye on the grace.
func TestEndIsSeenWithinASlab(t *testing.T) {
	const after = time.Hour + 3500*time.Millisecond // of the 16 s for which the burst keeps one busy
	type work = func(context.Context, int) error
	for kind, consumer := range map[string]struct {
		build func(pipeline.Stream[int], work) *pipeline.Pipeline
		begun int64
	}{
		"loop": {func(s pipeline.Stream[int], f work) *pipeline.Pipeline {
			return pipeline.Each(s, "each", f)
		}, 4},
		"workers": {func(s pipeline.Stream[int], f work) *pipeline.Pipeline {
			return pipeline.Each(s, "each", f, pipeline.Workers(2))
		}, 8},
		"workers in order": {func(s pipeline.Stream[int], f work) *pipeline.Pipeline {
			return pipeline.Each(pipeline.Map(s, "map", pass(f), pipeline.Workers(2)), "each", ignore)
		}, 8},
	} {
		for end, fail := range map[string]func(ctx context.Context) error{
			"cancelled": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			"failed":    func(context.Context) error { time.Sleep(after); return errBoom },
		} {
			for _, grace := range []time.Duration{0, time.Minute} {
				t.Run(fmt.Sprintf("%s/%s/grace %v", kind, end, grace), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := context.WithCancelCause(t.Context())
						defer cancel(nil)
						if end == "cancelled" {
							time.AfterFunc(after, func() { cancel(errBoom) })
						}
						p := pipeline.Options{Grace: grace}.New("p")
						pipeline.Each(pipeline.From(p, "beside", func(ctx context.Context, _ func(int) error) error {
							return fail(ctx)
						}), "nothing", ignore)
						var begun atomic.Int64
						consumer.build(pipeline.From(p, "source", warmUp(1, 16)), func(_ context.Context, v int) error {
							if v >= 0 {
								begun.Add(1)
								time.Sleep(time.Second)
							}
							return nil
						})
						require.ErrorIs(t, p.Run(ctx), errBoom)
						require.Equal(t, consumer.begun, begun.Load())
					})
				})
			}
		}
	}
}

// Nor does a stage go on through a slab when nobody wants its output any more.
func TestStopIsSeenWithinASlab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", warmUp(1, 16))
		begun := 0
		s = pipeline.Filter(s, "filter", func(_ context.Context, v int) (bool, error) {
			if v >= 0 {
				begun++
				time.Sleep(time.Second)
			}
			return false, nil
		})
		require.NoError(t, pipeline.Into(s, "leaves", func(context.Context, iter.Seq2[int, error]) error {
			time.Sleep(time.Hour + 3500*time.Millisecond)
			return nil
		}).Run(t.Context()))
		require.Equal(t, 4, begun)
	})
}

func TestInputCanBeReadInSeveralLoops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "count", count(100))
		var head, rest []int
		p := pipeline.Into(s, "sink", func(ctx context.Context, in iter.Seq2[int, error]) error {
			for v, err := range in {
				if err != nil {
					return err
				}
				if head = append(head, v); len(head) == 3 {
					break
				}
			}
			return pipeline.ToSlice(&rest)(ctx, in)
		})
		require.NoError(t, p.Run(t.Context()))
		require.Equal(t, []int{0, 1, 2}, head)
		require.Len(t, rest, 97)
		require.Equal(t, 3, rest[0])
	})
}

func TestStagesBearLabels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("labelled"), "one", func(ctx context.Context, _ func(int) error) error {
			name, _ := pprof.Label(ctx, "stage")
			require.Equal(t, "one", name)
			var profile strings.Builder
			require.NoError(t, pprof.Lookup("goroutine").WriteTo(&profile, 1))
			require.Contains(t, profile.String(), `"pipeline":"labelled", "stage":"one"`)
			return nil
		})
		require.NoError(t, pipeline.Each(s, "sink", ignore).Run(t.Context()))
	})
}

// The cause of every context is the failure, also of a stage whose consumer
// heard of it first and left.
func TestFailureIsTheCauseOfEveryContext(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			p := pipeline.New("p")
			var causes [200]error
			for i := range causes {
				s := pipeline.From(p, fmt.Sprint("source ", i), func(ctx context.Context, _ func(int) error) error {
					<-ctx.Done()
					causes[i] = context.Cause(ctx)
					return causes[i]
				})
				pipeline.Each(s, fmt.Sprint("sink ", i), ignore)
			}
			pipeline.Each(pipeline.From(p, "bad", func(context.Context, func(int) error) error {
				synctest.Wait()
				return errBoom
			}), "sink", ignore)
			err := p.Run(t.Context())
			for _, cause := range causes {
				require.Equal(t, err, cause)
			}
		})
	}
}

// foreign is a context that a child can be told of only by a goroutine, which is
// there as long as the child has not been cancelled.
type foreign struct {
	context.Context //nolint:containedctx // it is one
	done            chan struct{}
}

func (f foreign) Done() <-chan struct{} { return f.done }

// Invariant 1 for contexts: the caller's may live on, and holds nothing of a run
// that is over. The bubble fails on the goroutine that would.
func TestRunLetsGoOfItsContext(t *testing.T) {
	for name, run := range map[string]func(context.Context, pipeline.Stream[int]) error{
		"Run": func(ctx context.Context, s pipeline.Stream[int]) error {
			return pipeline.Each(s, "sink", ignore).Run(ctx)
		},
		"All": func(ctx context.Context, s pipeline.Stream[int]) (err error) {
			for _, err = range pipeline.All(ctx, s) {
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := foreign{t.Context(), make(chan struct{})}
				require.NoError(t, run(ctx, pipeline.From(pipeline.New("p"), "source", count(3))))
			})
		})
	}
}

// The context of a stage ends with it, and what the stage has hung on it.
func TestContextOfAStageEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, ended := time.Now(), time.Duration(-1)
		s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(int) error) error {
			context.AfterFunc(ctx, func() { ended = time.Since(start) })
			return emit(1)
		})
		require.NoError(t, pipeline.Each(s, "sink", func(context.Context, int) error {
			time.Sleep(time.Hour)
			return nil
		}).Run(t.Context()))
		synctest.Wait()
		require.Zero(t, ended)
	})
}
