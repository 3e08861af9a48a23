package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// Invariant 2: the first error wins, carries its stage, and is the cause of
// every context.
func TestFirstErrorWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		p := pipeline.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}.New("p")
		var cause error
		s := pipeline.From(p, "source", func(ctx context.Context, _ func(int) error) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return errors.New("close: later and unrelated")
		})
		s = pipeline.Via(s, "middle", func(context.Context, iter.Seq2[int, error], func(int) error) error {
			time.Sleep(time.Second)
			return fmt.Errorf("open: %w", errBoom)
		})
		err := pipeline.Each(s, "sink", ignore).Run(t.Context())
		require.EqualError(t, err, "middle: open: boom")
		require.ErrorIs(t, err, errBoom)
		stage, ok := errors.AsType[*pipeline.StageError](err)
		require.True(t, ok)
		require.Equal(t, "middle", stage.Stage)
		require.Equal(t, error(stage), cause)
		require.Contains(t, log.String(), "later and unrelated")
		require.Contains(t, log.String(), "stage=source")
		require.NotContains(t, log.String(), "open: boom", "Run returns it")
	})
}

func TestPanicIsAnError(t *testing.T) {
	failures := map[string]struct {
		fail  func() error
		value any
		is    error
	}{
		"panic with a value":  {func() error { panic("oh") }, "oh", nil},
		"panic with an error": {func() error { panic(errBoom) }, errBoom, errBoom},
		"panic in the runtime": {func() error {
			none := []int{}
			return fmt.Errorf("%d", none[len(none)])
		}, nil, nil},
		"Goexit": {func() error { runtime.Goexit(); return nil }, nil, nil},
	}
	for stageName, build := range stagesThatFail() {
		for name, failure := range failures {
			t.Run(stageName+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fails := failure.fail
					err := runIn(t.Context(), t, build(fails))
					stage, ok := errors.AsType[*pipeline.StageError](err)
					require.True(t, ok, "%v", err)
					require.Equal(t, "bad", stage.Stage)
					caught, ok := errors.AsType[*pipeline.PanicError](stage.Err)
					require.True(t, ok)
					if failure.value != nil {
						require.Equal(t, failure.value, caught.Value)
					}
					if failure.is != nil {
						require.ErrorIs(t, err, failure.is)
					}
					require.Contains(t, string(caught.Stack), "TestPanicIsAnError", "the stack of who panicked")
				})
			})
		}
	}
}

// stagesThatFail builds, for each kind of stage, a pipeline in which the stage
// "bad" calls fail at its tenth item.
func stagesThatFail() map[string]func(fail func() error) *pipeline.Pipeline {
	at := func(fail func() error) func(context.Context, int) (int, error) {
		return func(_ context.Context, v int) (int, error) {
			if v == 10 {
				return v, fail()
			}
			return v, nil
		}
	}
	source := func() pipeline.Stream[int] { return pipeline.From(pipeline.New("p"), "source", count(1000)) }
	end := func(s pipeline.Stream[int]) *pipeline.Pipeline { return pipeline.Each(s, "sink", ignore) }
	return map[string]func(func() error) *pipeline.Pipeline{
		"From": func(fail func() error) *pipeline.Pipeline {
			return end(pipeline.From(pipeline.New("p"), "bad", func(context.Context, func(int) error) error { return fail() }))
		},
		"Map": func(fail func() error) *pipeline.Pipeline { return end(pipeline.Map(source(), "bad", at(fail))) },
		"Map with workers": func(fail func() error) *pipeline.Pipeline {
			return end(pipeline.Map(source(), "bad", at(fail), pipeline.Workers(4)))
		},
		"Map unordered": func(fail func() error) *pipeline.Pipeline {
			return end(pipeline.Map(source(), "bad", at(fail), pipeline.Workers(4), pipeline.Unordered()))
		},
		"Each": func(fail func() error) *pipeline.Pipeline {
			return pipeline.Each(source(), "bad", func(ctx context.Context, v int) error { _, err := at(fail)(ctx, v); return err })
		},
		"Each with workers": func(fail func() error) *pipeline.Pipeline {
			return pipeline.Each(source(), "bad", func(ctx context.Context, v int) error { _, err := at(fail)(ctx, v); return err },
				pipeline.Workers(4))
		},
		"Partition": func(fail func() error) *pipeline.Pipeline {
			outs := pipeline.Partition(source(), "bad", 2, func(int) int { _ = fail(); return 0 })
			return end(pipeline.Merge("join", outs))
		},
	}
}

// A stage that returns why it was stopped, however wrapped, has not failed. One
// that returns more than that has.
func TestErrorsThatOnlyPassOnTheCause(t *testing.T) {
	for name, test := range map[string]struct {
		wrap func(error) error
		want string
	}{
		"as it is":       {func(err error) error { return err }, ""},
		"wrapped":        {func(err error) error { return fmt.Errorf("emit: %w", err) }, ""},
		"joined twice":   {func(err error) error { return errors.Join(err, nil, err) }, ""},
		"hidden":         {func(error) error { return nil }, ""},
		"with a failure": {func(err error) error { return errors.Join(err, errBoom) }, "source: pipeline: nobody wants the output\nboom"},
		"replaced":       {func(error) error { return errBoom }, "source: boom"},
		"of no parts":    {func(error) error { return parts{} }, "source: 0 errors"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pipeline.From(pipeline.New("p"), "source", func(_ context.Context, emit func(int) error) error {
					for {
						if err := emit(1); err != nil {
							return test.wrap(err)
						}
					}
				})
				err := pipeline.Each(s, "sink", func(context.Context, int) error { return pipeline.ErrStop }).Run(t.Context())
				if test.want == "" {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, test.want)
				}
			})
		})
	}
}

// parts is a join as others make it, which may be empty.
type parts []error

func (p parts) Error() string   { return fmt.Sprint(len(p), " errors") }
func (p parts) Unwrap() []error { return p }

// The same when the run has been ended: what only passes that on is not logged as
// a failure, in any of the forms in which a stage comes by it.
func TestCauseThatIsPassedOnIsNotLogged(t *testing.T) {
	for name, test := range map[string]struct {
		result func(ctx context.Context) error
		logged bool
	}{
		"cause":         {context.Cause, false},
		"wrapped cause": {func(ctx context.Context) error { return fmt.Errorf("in: %w", context.Cause(ctx)) }, false},
		"ctx.Err":       {func(ctx context.Context) error { return ctx.Err() }, false},
		"ErrStop":       {func(context.Context) error { return pipeline.ErrStop }, false},
		"nil":           {func(context.Context) error { return nil }, false},
		"a failure":     {func(context.Context) error { return errors.New("close") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				p := pipeline.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}.New("p")
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
				defer cancel()
				s := pipeline.From(p, "source", func(ctx context.Context, _ func(int) error) error {
					<-ctx.Done()
					return test.result(ctx)
				})
				require.Equal(t, errBoom, pipeline.Each(s, "sink", ignore).Run(ctx))
				require.Equal(t, test.logged, log.Len() > 0, log.String())
			})
		})
	}
}
