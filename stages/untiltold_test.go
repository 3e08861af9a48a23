package stages

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
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

// What has been read waits while all is paused, until the stream is told to stop.
func TestStoppableWaitsForAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewControl(ControlOptions{Pressure: pressure.Options{Measure: func() (pressure.Memory, error) {
			return pressure.Memory{pressure.SourceSystem: {Source: pressure.SourceSystem, Used: 90, Limit: 100}}, nil
		}}})
		require.NoError(t, err)
		c.Monitor().Register(pressure.Gauges{ // links that are full and a sink that is slow
			Fill: func() float64 { return 1 }, Streams: func() int { return 9 }, Throughput: func() float64 { return 0 },
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(time.Second)
		require.True(t, c.Limits().Paused())
		stop := make(chan struct{})
		time.AfterFunc(time.Hour, func() { close(stop) })
		start := time.Now()
		require.NoError(t, stoppable{c, stop}.Wait(t.Context(), 1))
		require.Equal(t, time.Hour, time.Since(start))
		cancel()
		require.NoError(t, <-ended)
	})
}
