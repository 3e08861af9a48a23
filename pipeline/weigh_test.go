package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

type heavy int

func (h heavy) Size() int {
	if h == 13 {
		panic(errBoom)
	}
	return int(h)
}

// stuffing runs a source of these weights into a sink that never takes its
// first item out of the loop, and returns how many were emitted.
func stuffing(t *testing.T, limit int64, weights ...heavy) (emitted int, link pipeline.LinkStats, fill float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := pipeline.New("p")
		s := pipeline.From(p, "source", func(_ context.Context, emit func(heavy) error) error {
			for _, w := range weights {
				if err := emit(w); err != nil {
					return err
				}
				emitted++
				synctest.Wait() // the first is in the sink's hand
			}
			return nil
		}, pipeline.Bytes(limit))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		pipeline.Each(s, "sink", func(ctx context.Context, _ heavy) error {
			<-ctx.Done()
			return ctx.Err()
		})
		time.AfterFunc(time.Minute, func() { link, fill = p.Stats().Links[0], p.Fill() })
		require.ErrorIs(t, p.Run(ctx), context.Canceled)
	})
	return emitted, link, fill
}

func TestBytesBoundsTheLink(t *testing.T) {
	for name, test := range map[string]struct {
		weights []heavy // after the one that the sink has in hand
		emitted int
		bytes   int64
	}{
		"exactly full":              {[]heavy{40, 60, 1}, 2, 100},
		"one too many":              {[]heavy{40, 61}, 1, 40},
		"heavier than all":          {[]heavy{1000, 1}, 1, 100},
		"heavier than what is left": {[]heavy{1, 1000}, 1, 1},
		"weightless":                {[]heavy{0, 0, 0, 100, 0, 1}, 5, 100},
		"negative weighs nothing":   {[]heavy{-5, 100, 1}, 2, 100},
	} {
		t.Run(name, func(t *testing.T) {
			emitted, link, fill := stuffing(t, 100, append([]heavy{5}, test.weights...)...)
			require.Equal(t, 1+test.emitted, emitted)
			require.Equal(t, test.bytes, link.Bytes)
			require.Equal(t, int64(100), link.MaxBytes)
			require.Equal(t, test.emitted, link.Fill)
			require.InDelta(t, 1.0, fill, 0, "the producer is held back, however much room is left")
		})
	}
}

// Whatever their weights, all items pass, in order.
func TestBytesLetsEverythingThrough(t *testing.T) {
	for _, limit := range []int64{1, 2, 99, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent, got []heavy
				for i := range 300 {
					if i != 13 {
						sent = append(sent, heavy(i))
					}
				}
				p := pipeline.New("p")
				s := pipeline.From(p, "source", pipeline.FromSlice(sent), pipeline.Bytes(limit))
				require.NoError(t, pipeline.Into(s, "sink", pipeline.ToSlice(&got)).Run(t.Context()))
				require.Equal(t, sent, got)
				require.Zero(t, p.Fill())
			})
		})
	}
}

func TestPanicOfSizeDropsTheItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := 0
		s := pipeline.From(pipeline.New("p"), "source", pipeline.FromSlice([]heavy{13}),
			pipeline.Bytes(10), pipeline.Drop(func(heavy) { dropped++ }))
		err := pipeline.Each(s, "sink", func(context.Context, heavy) error { return nil }).Run(t.Context())
		_, ok := errors.AsType[*pipeline.PanicError](err)
		require.True(t, ok)
		require.Equal(t, 1, dropped)
	})
}

// A chunk has a size: by itself its link is a short plain channel.
func TestSizedItemsTravelOneByOne(t *testing.T) {
	p := pipeline.New("p")
	s := pipeline.From(p, "source", pipeline.FromSlice([]heavy{1}))
	pipeline.Each(s, "sink", func(context.Context, heavy) error { return nil })
	require.Equal(t, 4, p.Stats().Links[0].Cap)
}
