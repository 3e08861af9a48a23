package cleanup_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

func TestReleaseIsOnceAndFinal(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.failing("file", func() error { return errBoom }))
	require.ErrorIs(t, h.Release(t.Context()), errBoom)
	require.NoError(t, h.Release(t.Context()), "later calls have nothing to do")
	require.False(t, h.Lease())
	require.False(t, h.Keep())
	require.NoError(t, s.Close(t.Context()))
	require.Equal(t, []string{"file"}, log.take())
}

func TestReleaseWaitsForTheLastLease(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.failing("directory", func() error { return errBoom }))
	require.True(t, h.Lease())
	require.True(t, h.Lease())
	require.NoError(t, h.Release(t.Context()))
	require.False(t, h.Lease(), "a resource that was given up is not lent any more")
	require.NoError(t, h.Return(t.Context()))
	require.Empty(t, log.take())
	require.ErrorIs(t, h.Return(t.Context()), errBoom)
	require.Equal(t, []string{"directory"}, log.take())
}

func TestImmediateGoesWithTheLastLease(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.resource("listener", cleanup.Immediate))
	require.True(t, h.Lease())
	require.True(t, h.Lease())
	require.NoError(t, h.Return(t.Context()))
	require.Empty(t, log.take())
	require.NoError(t, h.Return(t.Context()))
	require.Equal(t, []string{"listener"}, log.take())
}

func TestReturnReleasesNoOther(t *testing.T) {
	for p := cleanup.AtEnd; p <= cleanup.Deferred; p++ {
		if p == cleanup.Immediate {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			var s cleanup.Scope
			var log recorder
			h := s.Add(log.resource("it", p))
			require.True(t, h.Lease())
			require.NoError(t, h.Return(t.Context()))
			require.Empty(t, log.take())
			require.True(t, h.Lease(), "it can be leased again")
		})
	}
}

func TestReturnWithoutLeasePanics(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.resource("it", cleanup.Immediate))
	require.PanicsWithValue(t, "cleanup: Handle.Return without Lease", func() { _ = h.Return(t.Context()) })
	require.NoError(t, s.Close(t.Context()), "and leaves the lock free")
}

func TestReturnAfterTheEndDoesNothing(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.resource("it", cleanup.Immediate))
	require.True(t, h.Lease())
	require.NoError(t, s.Close(t.Context()))
	require.Equal(t, []string{"it"}, log.take())
	require.NoError(t, h.Return(t.Context()))
	require.Empty(t, log.take())
}

func TestKeepIsForWhatStays(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	kept := s.Add(log.resource("committed", cleanup.Deferred))
	s.Add(log.resource("other", cleanup.AtEnd))
	require.True(t, kept.Keep())
	require.False(t, kept.Keep())
	require.False(t, kept.Lease())
	require.NoError(t, kept.Release(t.Context()))
	_, err := s.Emergency(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, s.Close(t.Context()))
	require.Equal(t, []string{"other"}, log.take())
}

func TestKeepComesTooLateForAReleaseUnderWay(t *testing.T) {
	var s cleanup.Scope
	var h *cleanup.Handle
	h = s.Add(cleanup.Resource{Release: func(ctx context.Context) error {
		require.False(t, h.Keep())
		require.False(t, h.Lease())
		require.NoError(t, h.Release(ctx), "nor does a file whose Close releases its handle wait for itself")
		return nil
	}})
	require.NoError(t, h.Release(t.Context()))
}

func TestPanicInAReleaseIsItsError(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	h := s.Add(log.failing("file", func() error { panic(io.ErrClosedPipe) }))
	err := h.Release(t.Context())
	require.EqualError(t, err, "release file: panic: io: read/write on closed pipe")
	require.ErrorIs(t, err, io.ErrClosedPipe)
	panicked, ok := errors.AsType[*cleanup.PanicError](err)
	require.True(t, ok)
	require.Equal(t, io.ErrClosedPipe, panicked.Value)
	require.Contains(t, string(panicked.Stack), "handle_test.go")

	h = s.Add(log.failing("file", func() error { panic("no error") }))
	require.EqualError(t, h.Release(t.Context()), "release file: panic: no error")
}

type key struct{}

// Whoever calls, with a context that is long over.
func TestReleaseFunctionsGetALivingContext(t *testing.T) {
	for name, release := range map[string]func(context.Context, *cleanup.Scope, *cleanup.Handle) error{
		"Release": func(ctx context.Context, _ *cleanup.Scope, h *cleanup.Handle) error { return h.Release(ctx) },
		"Close":   func(ctx context.Context, s *cleanup.Scope, _ *cleanup.Handle) error { return s.Close(ctx) },
		"Return": func(ctx context.Context, _ *cleanup.Scope, h *cleanup.Handle) error {
			require.True(t, h.Lease())
			return h.Return(ctx)
		},
	} {
		for _, timeout := range []time.Duration{0, time.Second} {
			t.Run(name+" "+timeout.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
					cancel()
					want := timeout
					if want == 0 {
						want = 10 * time.Second
					}
					root := cleanup.Scope{Timeout: timeout}
					s := root.Child()
					h := s.Add(cleanup.Resource{Priority: cleanup.Immediate, Release: func(ctx context.Context) error {
						require.Equal(t, "value", ctx.Value(key{}))
						require.NoError(t, ctx.Err())
						began := time.Now()
						<-ctx.Done()
						require.Equal(t, want, time.Since(began))
						return ctx.Err()
					}})
					require.ErrorIs(t, release(ctx, s, h), context.DeadlineExceeded)
				})
			})
		}
	}
}
