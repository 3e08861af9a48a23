package batch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// zeros is a source of so many bytes, which come through read.
type zeros struct {
	size int64
	read func(p []byte) error // nil: at once
}

func (z zeros) Size() int64 { return z.size }

func (z zeros) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Size: z.size}, nil
}

func (z zeros) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(z, z.size-offset)), nil
}

func (z zeros) Read(p []byte) (int, error) {
	if z.read != nil {
		if err := z.read(p); err != nil {
			return 0, err
		}
	}
	clear(p)
	return len(p), nil
}

// device takes so many bytes a second of all streams together, one at a time.
type device struct {
	rate  float64
	turn  chan struct{}
	moved atomic.Int64
}

func newDevice(rate float64) *device {
	return &device{rate: rate, turn: make(chan struct{}, 1)} // the device itself
}

func (d *device) take(bytes int) {
	d.turn <- struct{}{}
	time.Sleep(time.Duration(float64(bytes) / d.rate * float64(time.Second)))
	<-d.turn
	d.moved.Add(int64(bytes))
}

// stream takes a file of so many bytes through the five stages into the device.
func (d *device) stream(ctx context.Context, c *stages.Control, src zeros) error {
	return stages.Transfer{
		Source: src, Set: digest.NewSet(digest.CRC32C), Control: c, Arrived: d.take,
	}.Run(ctx)
}

// watch looks at the control four times a second until ctx ends, and counts the
// changes of level.
func watch(ctx context.Context, c *stages.Control, look func(pressure.Limits)) (changes int) {
	was := c.Limits().Level
	for tick := time.NewTicker(250 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return changes
		case <-tick.C:
			l := c.Limits()
			if l.Level != was {
				was = l.Level
				changes++
			}
			look(l)
		}
	}
}

// A sink that is slow and nothing else is no reason to slow it down: the real
// stages before it, ten streams of them, for ten minutes.
func TestASlowSinkIsNotStarved(t *testing.T) {
	const rate, minutes = 5e6, 10
	for _, fileSize := range []int64{1 << 40, 16 << 20, 3 << 20} {
		t.Run(fmt.Sprintf("files of %d bytes", fileSize), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, d := newControl(t, 10), newDevice(rate)
				ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
				defer cancel()
				var failed atomic.Int64
				done := make(chan error)
				go func() {
					done <- batch.Run(ctx, upTo(1<<30), func(ctx context.Context, _ int) error {
						return d.stream(ctx, c, zeros{size: fileSize})
					}, func(err error) error {
						if err != nil {
							failed.Add(1)
						}
						return nil
					}, batch.Options{Control: c})
				}()
				idle, counts := 0, map[pressure.Level]int{}
				changes := watch(ctx, c, func(l pressure.Limits) {
					counts[l.Level]++
					if c.Stats().Streams == 0 {
						idle++
					}
				})
				require.ErrorIs(t, <-done, context.DeadlineExceeded)
				share := float64(d.moved.Load()) / (rate * minutes * 60)
				t.Logf("%.3f of the sink's limit, %d changes of level, quarters of a second at each: %v, p99 %v",
					share, changes, counts, c.Stats().P99)
				require.GreaterOrEqual(t, share, 0.95)
				require.Zero(t, failed.Load())
				require.Zero(t, idle, "streams keep running")
				require.Less(t, changes, 60, "the level settles")
				require.Less(t, c.Stats().P99, 200*time.Millisecond, "from the reading of a chunk to the sink")
				require.Zero(t, c.Pool().Live())
			})
		})
	}
}

// Of ten streams one stalls, one fails and one panics: the other seven take as
// long as without them.
func TestStreamsAreApart(t *testing.T) {
	broken := errors.New("I/O error")
	sick := []func([]byte) error{
		func([]byte) error { time.Sleep(time.Hour); return nil },
		func([]byte) error { return broken },
		func([]byte) error { panic("a bug") },
	}
	// run takes seven healthy files and the sick ones beside them, each of which
	// reads 10 MB/s, and returns how long the healthy ones took.
	run := func(t *testing.T, sick []func([]byte) error) (took time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			c := newControl(t, 10)
			healthy := func(p []byte) error {
				time.Sleep(time.Duration(len(p)) * 100)
				return nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			var left atomic.Int64
			left.Store(7)
			start := time.Now()
			err := batch.Run(ctx, upTo(7+len(sick)), func(ctx context.Context, i int) (err error) {
				read := healthy
				if i < len(sick) {
					read = sick[i]
				}
				err = newDevice(1e12).stream(ctx, c, zeros{size: 50 << 20, read: read})
				if i >= len(sick) {
					require.NoError(t, err)
					if left.Add(-1) == 0 {
						took = time.Since(start)
						cancel()
					}
				}
				return err
			}, func(error) error { return nil }, batch.Options{Control: c})
			require.ErrorIs(t, err, context.Canceled)
		})
		return took
	}
	alone := run(t, nil)
	beside := run(t, sick)
	t.Logf("%v alone, %v beside the sick: %.3f", alone, beside, beside.Seconds()/alone.Seconds())
	require.LessOrEqual(t, beside.Seconds(), 1.1*alone.Seconds())
}
