package batch_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

func upTo(n int) pipeline.Source[int] {
	return func(_ context.Context, emit func(int) error) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestRunKeepsTheOrderOfTheItems(t *testing.T) {
	for _, o := range []struct{ streams, window int }{{}, {1, 0}, {3, 1}, {7, 20}} {
		for _, n := range []int{0, 1, 2, 7, 1000} {
			synctest.Test(t, func(t *testing.T) {
				var got []int
				err := batch.Run(t.Context(), upTo(n), func(_ context.Context, i int) int {
					time.Sleep(time.Duration(rand.IntN(1000)))
					return i * i
				}, func(v int) error {
					got = append(got, v)
					return nil
				}, batch.Options{Control: newControl(t, o.streams), Window: o.window})
				require.NoError(t, err)
				require.Len(t, got, n)
				for i, v := range got {
					require.Equal(t, i*i, v)
				}
			})
		}
	}
}

// One slow item, and the others go on meanwhile, but no further than the window.
func TestRunGoesOnBesideASlowItem(t *testing.T) {
	const window = 100
	synctest.Test(t, func(t *testing.T) {
		var begun, ended int
		var busy atomic.Int64
		slow := make(chan struct{})
		done := make(chan error)
		options := batch.Options{Control: newControl(t, 2), Window: window}
		go func() {
			done <- batch.Run(t.Context(), upTo(1000), func(_ context.Context, i int) int {
				if i == 0 {
					<-slow
				}
				busy.Add(1)
				return i
			}, func(int) error { ended++; return nil }, options)
		}()
		synctest.Wait()
		begun = int(busy.Load())
		require.Equal(t, window-1, begun, "the other stream fills the window")
		require.Zero(t, ended, "nothing overtakes the first")
		close(slow)
		require.NoError(t, <-done)
		require.Equal(t, 1000, ended)
	})
}

func TestRunNeverHasMoreAtWorkThanStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		err := batch.Run(t.Context(), upTo(200), func(context.Context, int) int {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Millisecond)
			now.Add(-1)
			return 0
		}, func(int) error { return nil }, batch.Options{Control: newControl(t, 5)})
		require.NoError(t, err)
		require.Equal(t, int64(5), most.Load())
	})
}

func TestRunEndsWithTheFirstErrorOfOut(t *testing.T) {
	full := errors.New("disk full")
	var handed int
	err := batch.Run(t.Context(), upTo(10_000), func(_ context.Context, i int) int { return i }, func(i int) error {
		handed++
		if i == 5 {
			return full
		}
		return nil
	}, batch.Options{Control: newControl(t, 4)})
	require.ErrorIs(t, err, full)
	require.Equal(t, 6, handed, "nothing is handed on after the error")
}

// What came of an item that was at work when the batch was stopped says nothing
// about the item.
func TestRunHandsOnNothingOfAStoppedItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stopped) })
		err := batch.Run(ctx, upTo(10), func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}, func(err error) error {
			require.NoError(t, err)
			return nil
		}, batch.Options{Control: newControl(t, 3)})
		require.ErrorIs(t, err, stopped)
	})
}

// halfDone is a result that may be one of an item that was told to stop.
type halfDone struct {
	n      int
	halted bool
}

func (h halfDone) Unfinished() bool { return h.halted }

// A batch that is told to stop hands on what came before the first item that did
// not come to its end, and lets those beside it come to theirs.
func TestRunStopsAtTheFirstUnfinishedItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		time.AfterFunc(10*time.Second, func() { close(stop) })
		var begun, ended atomic.Int64
		var handed []int
		err := batch.Run(t.Context(), upTo(1000), func(_ context.Context, i int) halfDone {
			begun.Add(1)
			defer ended.Add(1)
			if i != 7 {
				time.Sleep(time.Second)
				return halfDone{n: i}
			}
			<-stop
			time.Sleep(5 * time.Second)
			return halfDone{n: i, halted: true}
		}, func(h halfDone) error {
			handed = append(handed, h.n)
			return nil
		}, batch.Options{Control: newControl(t, 3), Stop: stop})
		require.ErrorIs(t, err, stages.ErrStopped)
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6}, handed)
		require.Equal(t, begun.Load(), ended.Load())
		require.Less(t, begun.Load(), int64(30), "no more set out")
	})
}
