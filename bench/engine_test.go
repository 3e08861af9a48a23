package bench_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/penstock-go/penstock/pipeline"
)

// The engine's own cost, beside the same chain written by hand. Run them as the
// figures in README were taken:
//
//	GOMAXPROCS=1 go test ./bench -run '^$' -bench Engine -count 10 | benchstat -
//
// Every benchmark reports ns/item: an iteration is a whole run of many items.

const items = 1_000_000

// BenchmarkEngineChain sends a million integers through a source, three maps
// and a sink. To compare the engine with the chains written by hand:
//
//	benchstat -col /by -
func BenchmarkEngineChain(b *testing.B) {
	for _, chain := range []struct {
		by  string
		run func(ctx context.Context, n int) (sum int, err error)
	}{
		{"engine", engineChain},
		{"hand-select", func(ctx context.Context, n int) (int, error) { return handChain(ctx, n, selectSend) }},
		{"hand-trysend", func(ctx context.Context, n int) (int, error) { return handChain(ctx, n, trySend) }},
	} {
		b.Run("by="+chain.by, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sum, err := chain.run(b.Context(), items)
				require.NoError(b, err)
				require.Equal(b, items*(items-1)/2+3*items, sum)
			}
			perItem(b, items)
		})
	}
}

func perItem(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/item")
}

func increment(_ context.Context, v int) (int, error) { return v + 1, nil }

func integers(n int) pipeline.Source[int] {
	return func(_ context.Context, emit func(int) error) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func engineChain(ctx context.Context, n int) (sum int, err error) {
	s := pipeline.From(pipeline.New("chain"), "source", integers(n))
	s = pipeline.Map(s, "a", increment)
	s = pipeline.Map(s, "b", increment)
	s = pipeline.Map(s, "c", increment)
	err = pipeline.Each(s, "sink", func(_ context.Context, v int) error {
		sum += v
		return nil
	}).Run(ctx)
	return sum, err
}

// handChain is engineChain as it is written without a library: channels of 64
// and an errgroup.
func handChain(ctx context.Context, n int, send func(context.Context, chan<- int, int) error) (sum int, err error) {
	g, ctx := errgroup.WithContext(ctx)
	first := make(chan int, 64)
	g.Go(func() error {
		defer close(first)
		for i := range n {
			if err := send(ctx, first, i); err != nil {
				return err
			}
		}
		return nil
	})
	link := first
	for range 3 {
		in, out := link, make(chan int, 64)
		g.Go(func() error {
			defer close(out)
			for v := range in {
				r, err := increment(ctx, v)
				if err != nil {
					return err
				}
				if err := send(ctx, out, r); err != nil {
					return err
				}
			}
			return nil
		})
		link = out
	}
	g.Go(func() error {
		for v := range link {
			sum += v
		}
		return nil
	})
	return sum, g.Wait()
}

// selectSend is the usual cancellable send.
func selectSend(ctx context.Context, ch chan<- int, v int) error {
	select {
	case ch <- v:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// trySend is the same, without the select while there is room.
func trySend(ctx context.Context, ch chan<- int, v int) error {
	select {
	case ch <- v:
		return nil
	default:
		return selectSend(ctx, ch, v)
	}
}
