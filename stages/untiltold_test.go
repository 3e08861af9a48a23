package stages

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// That a wait ends because of the stop is no error; that it ends for any other reason
// is.
func TestUntilTold(t *testing.T) {
	cause := errors.New("no longer wanted")
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	untilEnd := func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	stop := make(chan struct{})
	require.ErrorIs(t, untilTold(ended, stop, untilEnd), cause)
	require.ErrorIs(t, untilTold(t.Context(), stop, func(context.Context) error { return cause }), cause)
	require.NoError(t, untilTold(t.Context(), stop, func(context.Context) error { return nil }))
	require.NoError(t, untilTold(t.Context(), stop, func(ctx context.Context) error {
		close(stop)
		return untilEnd(ctx)
	}))
	require.NoError(t, untilTold(t.Context(), stop, func(context.Context) error { panic("it is not waited for any more") }))
}
