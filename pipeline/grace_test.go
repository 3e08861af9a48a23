package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// deaf waits for release and does not listen to its context.
func deaf(release <-chan struct{}) pipeline.Source[int] {
	return func(_ context.Context, emit func(int) error) error {
		<-release
		return emit(1)
	}
}

// Invariant 1, the other half: a stage that ignores its context is named, with
// its stack, and Run returns without it.
func TestGraceNamesTheStageThatIgnoresItsContext(t *testing.T) {
	for name, test := range map[string]struct {
		sink  pipeline.Sink[int]
		after time.Duration // from the start to Run's return
		cause error
	}{
		"after a cancellation": {func(ctx context.Context, _ iter.Seq2[int, error]) error {
			<-ctx.Done()
			return ctx.Err()
		}, time.Minute + 5*time.Second, errBoom},
		"after a cancellation, though its consumer leaves later": {func(ctx context.Context, _ iter.Seq2[int, error]) error {
			<-ctx.Done()
			time.Sleep(4 * time.Second)
			return ctx.Err()
		}, time.Minute + 5*time.Second, errBoom},
		"after its consumer left": {func(context.Context, iter.Seq2[int, error]) error {
			return nil
		}, 5 * time.Second, nil},
		"after a failure": {func(context.Context, iter.Seq2[int, error]) error {
			time.Sleep(time.Second)
			return errBoom
		}, 6 * time.Second, errBoom},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBoom)
				defer cancel()
				release := make(chan struct{})
				dropped := 0
				p := pipeline.Options{Grace: 5 * time.Second}.New("stubborn")
				s := pipeline.From(p, "deaf", deaf(release), pipeline.Drop(func(int) { dropped++ }))
				start := time.Now()
				err := pipeline.Into(s, "sink", test.sink).Run(ctx)
				require.Equal(t, test.after, time.Since(start))
				late, ok := errors.AsType[*pipeline.GraceError](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, []string{"deaf"}, late.Stages)
				require.Contains(t, late.Stack, "grace_test.go", "where it is stuck")
				require.ErrorContains(t, err, `stage "deaf" ignores its context, 5s after the end`)
				if test.cause != nil {
					require.ErrorIs(t, err, test.cause)
				}
				close(release)
				synctest.Wait()
				require.Equal(t, 1, dropped, "what the late stage emits is dropped")
			})
		})
	}
}

// A stage that needs part of the grace is waited for.
func TestGraceIsNotNeededByAStageThatEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.Options{Grace: 5 * time.Second}.New("p")
		s := pipeline.From(p, "slow", func(ctx context.Context, _ func(int) error) error {
			<-ctx.Done()
			time.Sleep(4 * time.Second)
			return context.Cause(ctx)
		})
		start := time.Now()
		err := pipeline.Into(s, "sink", func(context.Context, iter.Seq2[int, error]) error { return nil }).Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, 4*time.Second, time.Since(start))
	})
}

// A run that nobody stopped may take as long as it likes.
func TestGraceDoesNotLimitTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.Options{Grace: time.Second}.New("p")
		s := pipeline.From(p, "slow", func(_ context.Context, emit func(int) error) error {
			time.Sleep(time.Hour)
			return emit(1)
		})
		require.NoError(t, pipeline.Each(s, "sink", ignore).Run(t.Context()))
	})
}

// One stage that was told to stop and does not ends the whole run: the others
// are told then, and have the grace from there.
func TestGraceEndsTheRunOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		p := pipeline.Options{Grace: 5 * time.Second}.New("p")
		pipeline.Into(pipeline.From(p, "deaf", deaf(release)), "leaves",
			func(context.Context, iter.Seq2[int, error]) error { return nil })
		var cause error
		pipeline.Each(pipeline.From(p, "endless", func(ctx context.Context, emit func(int) error) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return cause
		}), "sink", ignore)
		start := time.Now()
		err := p.Run(t.Context())
		late, ok := errors.AsType[*pipeline.GraceError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, []string{"deaf"}, late.Stages)
		require.ErrorAs(t, cause, &late)
		require.Contains(t, late.Stack, `"stage":"deaf"`)
		require.NotContains(t, late.Stack, `"stage":"endless"`, "it was not told yet")
		require.Equal(t, 5*time.Second, time.Since(start))
	})
}

// Each stage has the whole grace, from when it was told; Run returns when the
// last of them has had it.
func TestGraceIsThatOfEachStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		p := pipeline.Options{Grace: 5 * time.Second}.New("p")
		q := pipeline.New("q") // no part of it, though its stage has the same name
		for _, told := range []struct {
			p     *pipeline.Pipeline
			name  string
			after time.Duration
		}{{p, "first", 0}, {p, "second", 3 * time.Second}, {q, "first", 0}} {
			pipeline.Into(pipeline.From(told.p, told.name, deaf(release)), told.name+" leaves",
				func(context.Context, iter.Seq2[int, error]) error {
					time.Sleep(told.after)
					return nil
				})
		}
		go func() { _ = q.Run(t.Context()) }()
		start := time.Now()
		late, ok := errors.AsType[*pipeline.GraceError](p.Run(t.Context()))
		require.True(t, ok)
		require.Equal(t, []string{"first", "second"}, late.Stages)
		require.Equal(t, 8*time.Second, time.Since(start))
		require.NotContains(t, late.Stack, `"pipeline":"q"`)
	})
}

func TestGraceErrorNamesThemAll(t *testing.T) {
	err := &pipeline.GraceError{Grace: time.Second, Stages: []string{"a", "b"}}
	require.EqualError(t, err, `stages "a", "b" ignore their context, 1s after the end`)
}
