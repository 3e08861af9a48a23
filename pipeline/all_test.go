package pipeline_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestAllYieldsEverything(t *testing.T) {
	for _, n := range []int{0, 1, 100} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeline.Map(pipeline.From(pipeline.New("p"), "source", count(n)), "map", same, pipeline.Workers(3))
			next := 0
			for v, err := range pipeline.All(t.Context(), s) {
				require.NoError(t, err)
				require.Equal(t, next, v)
				next++
			}
			require.Equal(t, n, next)
		})
	}
}

// Leaving the loop stops the run and joins it: the bubble fails on what is
// left, and the flag is set by the last stage to end.
func TestAllJoinsHoweverTheLoopIsLeft(t *testing.T) {
	for name, leave := range map[string]func(loop func(yield func() bool)){
		"break":  func(loop func(func() bool)) { loop(func() bool { return false }) },
		"panic":  func(loop func(func() bool)) { loop(func() bool { panic(errBoom) }) },
		"Goexit": func(loop func(func() bool)) { loop(func() bool { runtime.Goexit(); return true }) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				ended, inTime := false, false
				var recovered any
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer func() { recovered = recover() }()
					defer func() { inTime = ended }()
					s := pipeline.From(pipeline.New("p"), "source", func(ctx context.Context, emit func(*item) error) error {
						defer func() { ended = true }()
						defer time.Sleep(time.Second)
						return l.source(-1)(ctx, emit)
					}, pipeline.Drop((*item).release))
					leave(func(yield func() bool) {
						n := 0
						for it, err := range pipeline.All(t.Context(), s) {
							if err != nil {
								t.Error(err)
								return
							}
							it.release()
							if n++; n == 50 && !yield() {
								break
							}
						}
					})
				}()
				<-done
				require.True(t, inTime, "the loop was left before the stages had ended")
				if name == "panic" {
					require.Equal(t, errBoom, recovered)
				} else {
					require.Nil(t, recovered)
				}
				require.NoError(t, l.check())
			})
		})
	}
}

func TestAllYieldsTheErrorLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := pipeline.From(pipeline.New("p"), "source", func(_ context.Context, emit func(int) error) error {
			if err := emit(1); err != nil {
				return err
			}
			synctest.Wait() // the item is through
			return errBoom
		})
		var got []int
		var last error
		for v, err := range pipeline.All(t.Context(), s) {
			require.NoError(t, last, "nothing comes after the error")
			if last = err; err == nil {
				got = append(got, v)
			}
		}
		require.Equal(t, []int{1}, got)
		require.EqualError(t, last, "source: boom")
	})
}

func TestAllEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		seen := 0
		for _, err := range pipeline.All(ctx, pipeline.From(pipeline.New("p"), "source", count(100))) {
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			seen++
			time.Sleep(time.Second)
		}
		require.Equal(t, 3, seen)
	})
}

func TestAllRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seq := pipeline.All(t.Context(), pipeline.From(pipeline.New("p"), "source", count(1)))
		for _, err := range seq {
			require.NoError(t, err)
		}
		for _, err := range seq {
			require.ErrorContains(t, err, "run before")
		}
	})
}

// A pipeline may have sinks beside the loop.
func TestAllRunsTheOtherBranches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outs := pipeline.Tee(pipeline.From(pipeline.New("p"), "source", count(100)), "tee", 2)
		var side []int
		pipeline.Into(outs[0], "side", pipeline.ToSlice(&side))
		n := 0
		for _, err := range pipeline.All(t.Context(), outs[1]) {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, 100, n)
		require.Len(t, side, 100)
	})
}

// Only the loop can run a pipeline that ends in a loop.
func TestRunOfAPipelineThatIsRangedOver(t *testing.T) {
	p := pipeline.New("p")
	seq := pipeline.All(t.Context(), pipeline.From(p, "source", count(3)))
	require.ErrorContains(t, p.Run(t.Context()), "has to be ranged over")
	n := 0
	for _, err := range seq {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 3, n)
}
