package pipeline_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// collect runs a pipeline of one source and returns what came out.
func collect[T any](ctx context.Context, source pipeline.Source[T], opts ...pipeline.Option) ([]T, error) {
	var got []T
	s := pipeline.From(pipeline.New("p"), "source", source, opts...)
	err := pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(ctx)
	return got, err
}

func TestSources(t *testing.T) {
	want := []int{3, 1, 2}
	full := make(chan int, 3)
	for _, v := range want {
		full <- v
	}
	close(full)
	for name, source := range map[string]pipeline.Source[int]{
		"FromSlice": pipeline.FromSlice(want),
		"FromSeq":   pipeline.FromSeq(slices.Values(want)),
		"FromSeq2":  pipeline.FromSeq2(pipeline.All(t.Context(), pipeline.From(pipeline.New("q"), "q", pipeline.FromSlice(want)))),
		"FromChan":  pipeline.FromChan(full),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := collect(t.Context(), source)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// Every source stops when emit says so, and does not go on to the next item.
func TestSourcesStop(t *testing.T) {
	forever := func(yield func(int) bool) {
		for yield(1) {
		}
	}
	endless := make(chan int, 1000)
	for range 1000 {
		endless <- 1
	}
	for name, source := range map[string]pipeline.Source[int]{
		"FromSlice": pipeline.FromSlice(make([]int, 1000)),
		"FromSeq":   pipeline.FromSeq(forever),
		"FromSeq2": pipeline.FromSeq2(func(yield func(int, error) bool) {
			forever(func(v int) bool { return yield(v, nil) })
		}),
		"FromChan": pipeline.FromChan(endless),
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			err := source(t.Context(), func(int) error {
				if asked++; asked == 3 {
					return pipeline.ErrStop
				}
				return nil
			})
			require.Equal(t, pipeline.ErrStop, err)
			require.Equal(t, 3, asked)
		})
	}
}

func TestFromSeq2EndsWithTheError(t *testing.T) {
	_, err := collect(t.Context(), pipeline.FromSeq2(maps.All(map[int]error{1: errBoom})))
	require.EqualError(t, err, "source: boom")
}

func TestFromChanEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := collect(ctx, pipeline.FromChan(make(chan int)))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestThrough(t *testing.T) {
	evens := func(in iter.Seq[int]) iter.Seq[int] {
		return func(yield func(int) bool) {
			for v := range in {
				if v%2 == 0 && !yield(v) {
					return
				}
			}
		}
	}
	for name, test := range map[string]struct {
		source pipeline.Source[int]
		take   int
		err    string
	}{
		"whole":    {count(10), 5, ""},
		"left":     {count(10), 2, ""},
		"cut":      {func(context.Context, func(int) error) error { return errBoom }, 0, "source: boom"},
		"no items": {count(0), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.Via(pipeline.From(pipeline.New("p"), "source", test.source), "evens", pipeline.Through(evens))
				var got []int
				err := pipeline.Into(s, "sink", func(_ context.Context, in iter.Seq2[int, error]) error {
					for v, err := range in {
						if err != nil {
							return err
						}
						if got = append(got, v); len(got) == test.take {
							return nil
						}
					}
					return nil
				}).Run(t.Context())
				if test.err != "" {
					require.EqualError(t, err, test.err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, append([]int(nil), 0, 2, 4, 6, 8)[:test.take], append([]int{}, got...))
			})
		})
	}
}

// The function must not take the cut for the end: the stage fails though the
// function has returned.
func TestThroughPassesOnTheCut(t *testing.T) {
	cut := func(yield func(int, error) bool) { _ = yield(1, nil) && yield(0, errBoom) }
	stage := pipeline.Through(func(in iter.Seq[int]) iter.Seq[int] { return in })
	got := 0
	err := stage(t.Context(), cut, func(int) error { got++; return nil })
	require.Equal(t, errBoom, err)
	require.Equal(t, 1, got)
}

func TestToChan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan int)
		p := pipeline.Into(pipeline.From(pipeline.New("p"), "source", count(100)), "sink", pipeline.ToChan(ch))
		var err error
		go func() {
			defer close(ch)
			err = p.Run(t.Context())
		}()
		n := 0
		for v := range ch {
			require.Equal(t, n, v)
			n++
		}
		require.NoError(t, err)
		require.Equal(t, 100, n)
	})
}

func TestToChanDropsWhatItCouldNotSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		drop := pipeline.Drop((*item).release)
		s := pipeline.From(pipeline.New("p"), "source", l.source(3), drop)
		err := pipeline.Into(s, "sink", pipeline.ToChan(make(chan *item), drop)).Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, l.check())
	})
}

func TestToChanTakesNoOptionButDropOfItsType(t *testing.T) {
	for name, opt := range map[string]pipeline.Option{
		"another type":   pipeline.Drop(func(string) {}),
		"another option": pipeline.Buffer(3),
	} {
		t.Run(name, func(t *testing.T) {
			s := pipeline.From(pipeline.New("p"), "source", count(3))
			require.ErrorContains(t, pipeline.Into(s, "sink", pipeline.ToChan(make(chan int), opt)).Run(t.Context()), "sink: ToChan")
		})
	}
}
