package cleanup_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

func TestCloseIsLastInFirstOut(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var s cleanup.Scope
			var log recorder
			var want []string
			for i := range n {
				name := fmt.Sprint(i)
				s.Add(log.resource(name, cleanup.Priority(i%6)))
				want = append([]string{name}, want...)
			}
			require.NoError(t, s.Close(t.Context()))
			require.Equal(t, want, log.take())
			require.NoError(t, s.Close(t.Context()))
			require.Empty(t, log.take(), "nothing is left for a second Close")
		})
	}
}

// The tree ends from its leaves, whatever was added when.
func TestChildrenEndBeforeTheirParent(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	job.Add(log.resource("job 1", cleanup.AtEnd))
	first, second := job.Child(), job.Child()
	stage := first.Child()
	stage.Add(log.resource("stage", cleanup.AtEnd))
	second.Add(log.resource("second", cleanup.AtEnd))
	first.Add(log.resource("first", cleanup.AtEnd))
	job.Add(log.resource("job 2", cleanup.AtEnd))
	require.NoError(t, job.Close(t.Context()))
	require.Equal(t, []string{"second", "stage", "first", "job 2", "job 1"}, log.take())
}

func TestCloseOfOneChildLeavesTheOthers(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	one, other := job.Child(), job.Child()
	one.Add(log.resource("one", cleanup.AtEnd))
	other.Add(log.resource("other", cleanup.AtEnd))
	require.NoError(t, one.Close(t.Context()))
	require.Equal(t, []string{"one"}, log.take())
	require.NoError(t, job.Close(t.Context()))
	require.Equal(t, []string{"other"}, log.take())
}

func TestCloseTakesWhatIsLeasedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which a Close that waited for the lease would not end
		var s cleanup.Scope
		var log recorder
		require.True(t, s.Add(log.resource("lost in a panic", cleanup.Normal)).Lease())
		require.NoError(t, s.Close(t.Context()))
		require.Equal(t, []string{"lost in a panic"}, log.take())
	})
}

func TestErrorsAreJoinedAndNothingIsSkipped(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	child := s.Child()
	s.Add(log.resource("a", cleanup.AtEnd))
	s.Add(log.failing("b", func() error { return errBoom }))
	s.Add(log.failing("c", func() error { panic("oh") }))
	s.Add(log.resource("d", cleanup.AtEnd))
	child.Add(log.failing("e", func() error { return context.Canceled }))
	err := s.Close(t.Context())
	require.EqualError(t, err, "release e: context canceled\nrelease c: panic: oh\nrelease b: boom")
	require.ErrorIs(t, err, errBoom)
	require.Equal(t, []string{"e", "d", "c", "b", "a"}, log.take())
}

func TestGoexitInAReleaseSkipsNothing(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	s.Add(log.resource("a", cleanup.AtEnd))
	child := s.Child()
	child.Add(log.failing("b", func() error { return errBoom }))
	child.Add(log.failing("c", func() error { runtime.Goexit(); return nil }))
	child.Add(log.failing("d", func() error { return context.Canceled }))
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Close(t.Context())
		t.Error("went on after Goexit")
	})
	wg.Wait()
	require.Equal(t, []string{"d", "c", "b", "a"}, log.take())
	require.EqualError(t, s.Close(t.Context()), "release d: context canceled\nrelease b: boom")
	require.NoError(t, s.Close(t.Context()))
}

func TestLateComersFallToTheParent(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	stream := job.Child()
	stage := stream.Child()
	require.NoError(t, stream.Close(t.Context()))
	stage.Add(log.resource("resource", cleanup.AtEnd))
	stage.Child().Add(log.resource("resource of a child", cleanup.AtEnd))
	require.NoError(t, stage.Close(t.Context()))
	require.NoError(t, stream.Close(t.Context()))
	require.Empty(t, log.take())
	require.NoError(t, job.Close(t.Context()))
	require.Equal(t, []string{"resource of a child", "resource"}, log.take())

	job.Add(log.resource("after the end of the root", cleanup.AtEnd))
	require.NoError(t, job.Close(t.Context()))
	require.Equal(t, []string{"after the end of the root"}, log.take())
}

func TestDoReleasesAfterItsFunction(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	err := job.Do(t.Context(), func(ctx context.Context, s *cleanup.Scope) error {
		s.Add(cleanup.Resource{Release: func(context.Context) error {
			require.ErrorIs(t, ctx.Err(), context.Canceled, "the tree of contexts ends first")
			log.note("first")
			return nil
		}})
		s.Add(log.resource("second", cleanup.AtEnd))
		require.NoError(t, ctx.Err())
		log.note("work")
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"work", "second", "first"}, log.take())
	require.Zero(t, job.Stats().Registered)
}

func TestDoJoinsTheErrors(t *testing.T) {
	failed := errors.New("work failed")
	for _, tt := range []struct {
		name          string
		work, release error
		want          string
	}{
		{"of the work", failed, nil, "work failed"},
		{"of the release", nil, errBoom, "release file: boom"},
		{"of both", failed, errBoom, "work failed\nrelease file: boom"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var job cleanup.Scope
			var log recorder
			err := job.Do(t.Context(), func(_ context.Context, s *cleanup.Scope) error {
				s.Add(log.failing("file", func() error { return tt.release }))
				return tt.work
			})
			require.EqualError(t, err, tt.want)
			if tt.release == nil {
				require.Equal(t, failed, err, "as it was returned")
			}
			require.NoError(t, job.Close(t.Context()))
		})
	}
}

// unwinding runs a stream of the job that ends in this way, and returns what
// went on beyond it.
func unwinding(ctx context.Context, t *testing.T, job *cleanup.Scope, log *recorder, end func()) (recovered any, exited bool) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		exited = true
		defer func() { recovered = recover() }()
		_ = job.Do(ctx, func(ctx context.Context, stream *cleanup.Scope) error {
			stream.Add(log.failing("temporary file", func() error { return errBoom }))
			return stream.Do(ctx, func(_ context.Context, stage *cleanup.Scope) error {
				require.True(t, stage.Add(log.failing("buffer", func() error { panic("oh") })).Lease())
				end()
				return nil
			})
		})
		exited = false
	})
	wg.Wait()
	return recovered, exited
}

func TestDoReleasesAfterAPanic(t *testing.T) {
	for _, ctx := range []context.Context{t.Context(), cancelled(t)} {
		var job cleanup.Scope
		var log recorder
		recovered, _ := unwinding(ctx, t, &job, &log, func() { panic(errBoom) })
		require.Equal(t, errBoom, recovered, "the panic goes on as it was")
		require.Equal(t, []string{"buffer", "temporary file"}, log.take())
		require.EqualError(t, job.Close(ctx), "release buffer: panic: oh\nrelease temporary file: boom")
		require.NoError(t, job.Close(ctx))
	}
}

func TestDoReleasesAfterGoexit(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	recovered, exited := unwinding(t.Context(), t, &job, &log, runtime.Goexit)
	require.Nil(t, recovered)
	require.True(t, exited)
	require.Equal(t, []string{"buffer", "temporary file"}, log.take())
	require.EqualError(t, job.Close(t.Context()), "release buffer: panic: oh\nrelease temporary file: boom")
}

func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// slow is a resource whose release takes a minute.
func slow(log *recorder, name string, p cleanup.Priority) cleanup.Resource {
	return cleanup.Resource{Priority: p, Release: func(context.Context) error {
		time.Sleep(time.Minute)
		log.note(name)
		return errBoom
	}}
}

func TestCloseWaitsForReleasesUnderWay(t *testing.T) {
	for name, release := range map[string]func(context.Context, *cleanup.Scope, *cleanup.Handle) error{
		"by Emergency": func(ctx context.Context, s *cleanup.Scope, _ *cleanup.Handle) error {
			_, err := s.Emergency(ctx, 0)
			return err
		},
		"by Release": func(ctx context.Context, _ *cleanup.Scope, h *cleanup.Handle) error { return h.Release(ctx) },
		"by Close":   func(ctx context.Context, s *cleanup.Scope, _ *cleanup.Handle) error { return s.Close(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var job cleanup.Scope
				var log recorder
				job.Add(log.resource("journal", cleanup.AtEnd))
				stream := job.Child()
				h := stream.Add(slow(&log, "slow", cleanup.Low))
				var wg sync.WaitGroup
				var elsewhere error
				wg.Go(func() { elsewhere = release(t.Context(), stream, h) })
				time.Sleep(time.Second)
				require.NoError(t, job.Close(cancelled(t)))
				require.Equal(t, []string{"slow", "journal"}, log.take())
				wg.Wait()
				require.ErrorIs(t, elsewhere, errBoom, "whoever released has the error")
			})
		})
	}
}

// What a release adds, as the buffers of a stream may to the cache of the job,
// goes too.
func TestReleaseFunctionsMayUseTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var job cleanup.Scope
		var log recorder
		stream := job.Child()
		var other *cleanup.Handle
		use := func(ctx context.Context) error {
			log.note("user")
			require.Equal(t, 3, stream.Stats().Registered+job.Child().Stats().Registered)
			require.True(t, other.Lease())
			require.NoError(t, other.Return(ctx))
			_, err := job.Sweep(ctx)
			require.NoError(t, err)
			stream.Add(log.resource("late", cleanup.AtEnd))
			job.Add(log.resource("cache", cleanup.Low))
			return nil
		}
		stream.Add(log.resource("first", cleanup.AtEnd))
		other = stream.Add(log.resource("other", cleanup.Low))
		stream.Add(cleanup.Resource{Release: use})
		require.NoError(t, job.Close(t.Context()))
		require.Equal(t, []string{"user", "late", "other", "first", "cache"}, log.take())
	})
}
