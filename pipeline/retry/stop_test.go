package retry_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

func TestStoppedBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopped)
	var s script
	require.Equal(t, errStopped, retry.Do(ctx, retry.Options{}, s.op))
	require.Zero(t, s.calls)
}

func TestStoppedDuring(t *testing.T) {
	joined := errors.Join(errStopped, syscall.EIO)
	tests := map[string]struct {
		err  error // of the operation
		want string
	}{
		"success":              {nil, ""},
		"the cause":            {errStopped, "stopped by interrupt"},
		"the cause, wrapped":   {fmt.Errorf("read: %w", errStopped), "read: stopped by interrupt"},
		"the cause and others": {joined, joined.Error()},
		"cancelled":            {fmt.Errorf("read: %w", context.Canceled), "stopped by interrupt (last attempt: read: context canceled)"},
		"temporary":            {syscall.ECONNRESET, "stopped by interrupt (last attempt: connection reset by peer)"},
		"permanent":            {syscall.ENOSPC, "stopped by interrupt (last attempt: no space left on device)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := script{errs: times(9, test.err)}
			o := retry.Options{Notify: func(f retry.Failure) { panic(f) }}
			err := retry.Do(ctx, o, func(ctx context.Context) error {
				cancel(errStopped)
				return s.op(ctx)
			})
			require.Equal(t, 1, s.calls)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.want)
			require.ErrorIs(t, err, errStopped)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, retry.Classify(test.err), retry.Classify(err))
		})
	}
}

func TestStoppedDuringTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errStopped)
		defer cancel()
		s := script{errs: times(9, syscall.ECONNRESET)}
		begin := time.Now()
		err := retry.Do(ctx, retry.Options{}, s.op)
		require.Equal(t, 100*time.Millisecond, time.Since(begin))
		require.Equal(t, 1, s.calls)
		require.ErrorIs(t, err, errStopped)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.EqualError(t, err, "stopped by interrupt (last attempt: connection reset by peer)")
	})
}

// Without a wait, timer and context are both ready, and select takes either.
func TestStoppedByNotify(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := script{errs: times(9, syscall.ECONNRESET)}
		o := samePolicy(retry.Policy{Attempts: 9})
		o.Notify = func(retry.Failure) { cancel(errStopped) }
		require.ErrorIs(t, retry.Do(ctx, o, s.op), errStopped)
		require.Equal(t, 1, s.calls)
	}
}

func TestDeadlines(t *testing.T) {
	hang := func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("get: %w", ctx.Err())
	}
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := retry.Do(t.Context(), retry.Options{}, func(ctx context.Context) error {
			calls++
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return hang(ctx)
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5, calls, "a deadline of one attempt is a timeout")
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		calls := 0
		err := retry.Do(ctx, retry.Options{}, func(ctx context.Context) error {
			calls++
			return hang(ctx)
		})
		require.EqualError(t, err, "get: context deadline exceeded")
		require.Equal(t, 1, calls, "the caller's deadline is the end")
	})
}

func TestPanicPassesThrough(t *testing.T) {
	require.PanicsWithValue(t, "broken", func() {
		_ = retry.Do(t.Context(), retry.Options{}, func(context.Context) error { panic("broken") })
	})
}
