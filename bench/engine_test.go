package bench_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/penstock-go/penstock/pipeline"
)

// The engine's own cost, beside the same chains written by hand. An iteration
// is a whole run of many items, and ns/item is what one of them cost:
//
//	GOMAXPROCS=1 go test ./bench -run '^$' -bench Engine -count 10 > new.txt
//	benchstat -col /by new.txt

const items = 1_000_000

// BenchmarkEngineChain sends a million integers through a source, three maps
// and a sink.
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

// BenchmarkEngineOrderedMap sends them through one map with four workers that
// keeps their order, with nothing to do: what is left is the cost of order.
func BenchmarkEngineOrderedMap(b *testing.B) {
	for _, chain := range []struct {
		by  string
		run func(ctx context.Context, n int) (sum int, err error)
	}{
		{"engine", engineOrdered},
		{"hand-futures", handOrdered},
	} {
		b.Run("by="+chain.by, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sum, err := chain.run(b.Context(), items)
				require.NoError(b, err)
				require.Equal(b, items*(items-1)/2+items, sum)
			}
			perItem(b, items)
		})
	}
}

func engineOrdered(ctx context.Context, n int) (sum int, err error) {
	s := pipeline.From(pipeline.New("ordered"), "source", integers(n))
	s = pipeline.Map(s, "map", increment, pipeline.Workers(4))
	err = pipeline.Each(s, "sink", func(_ context.Context, v int) error {
		sum += v
		return nil
	}).Run(ctx)
	return sum, err
}

// handOrdered is the usual way by hand: a job carries the channel for its
// result, and the sink reads those in the order of the jobs.
func handOrdered(ctx context.Context, n int) (sum int, err error) {
	type job struct {
		v      int
		result chan int
	}
	g, ctx := errgroup.WithContext(ctx)
	jobs, order := make(chan job, 64), make(chan job, 64)
	g.Go(func() error {
		defer close(jobs)
		defer close(order)
		for i := range n {
			j := job{i, make(chan int, 1)}
			for _, to := range []chan job{jobs, order} {
				select {
				case to <- j:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		return nil
	})
	for range 4 {
		g.Go(func() error {
			for j := range jobs {
				r, err := increment(ctx, j.v)
				if err != nil {
					return err
				}
				j.result <- r
			}
			return nil
		})
	}
	g.Go(func() error {
		for j := range order {
			sum += <-j.result
		}
		return nil
	})
	return sum, g.Wait()
}

// block is like a chunk: it has a size and is handed on by pointer.
type block struct{ data []byte }

func (b *block) Size() int { return len(b.data) }

// BenchmarkEngineBlocks sends blocks, which travel one by one through links of
// four: the byte path's cost without the bytes.
func BenchmarkEngineBlocks(b *testing.B) {
	const n = 200_000
	for _, chain := range []struct {
		by  string
		run func(ctx context.Context, n int) error
	}{
		{"engine", func(ctx context.Context, n int) error { return engineBlocks(ctx, n, pipeline.Slab(1)) }},
		{"engine-bytes", func(ctx context.Context, n int) error { return engineBlocks(ctx, n, pipeline.Bytes(4<<20)) }},
		{"hand-trysend", handBlocks},
	} {
		b.Run("by="+chain.by, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, chain.run(b.Context(), n))
			}
			perItem(b, n)
		})
	}
}

func engineBlocks(ctx context.Context, n int, opt pipeline.Option) error {
	one := &block{data: make([]byte, 64<<10)}
	same := func(_ context.Context, b *block) (*block, error) { return b, nil }
	s := pipeline.From(pipeline.New("blocks"), "source", func(_ context.Context, emit func(*block) error) error {
		for range n {
			if err := emit(one); err != nil {
				return err
			}
		}
		return nil
	}, pipeline.Buffer(4), opt)
	for _, name := range []string{"a", "b", "c"} {
		s = pipeline.Map(s, name, same, pipeline.Buffer(4), opt)
	}
	return pipeline.Each(s, "sink", func(context.Context, *block) error { return nil }).Run(ctx)
}

func handBlocks(ctx context.Context, n int) error {
	one := &block{data: make([]byte, 64<<10)}
	g, ctx := errgroup.WithContext(ctx)
	send := func(ch chan<- *block, b *block) error {
		select {
		case ch <- b:
			return nil
		default:
		}
		select {
		case ch <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	first := make(chan *block, 4)
	g.Go(func() error {
		defer close(first)
		for range n {
			if err := send(first, one); err != nil {
				return err
			}
		}
		return nil
	})
	link := first
	for range 3 {
		in, out := link, make(chan *block, 4)
		g.Go(func() error {
			defer close(out)
			for b := range in {
				if err := send(out, b); err != nil {
					return err
				}
			}
			return nil
		})
		link = out
	}
	g.Go(func() error {
		for b := range link {
			_ = b
		}
		return nil
	})
	return g.Wait()
}

// BenchmarkEngineLatency sends one item a millisecond through five stages with
// default settings: no item may wait for others to fill its slab.
func BenchmarkEngineLatency(b *testing.B) {
	const n = 300
	var delays []time.Duration
	for b.Loop() {
		s := pipeline.From(pipeline.New("latency"), "source", everyMillisecond(n))
		for _, name := range []string{"a", "b", "c"} {
			s = pipeline.Map(s, name, func(_ context.Context, at time.Time) (time.Time, error) { return at, nil })
		}
		require.NoError(b, pipeline.Each(s, "sink", func(_ context.Context, at time.Time) error {
			delays = append(delays, time.Since(at))
			return nil
		}).Run(b.Context()))
	}
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(delays[len(delays)*99/100])/1e3, "p99-µs")
	b.ReportMetric(0, "ns/op")
}

func everyMillisecond(n int) pipeline.Source[time.Time] {
	return func(ctx context.Context, emit func(time.Time) error) error {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for range n {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if err := emit(time.Now()); err != nil {
				return err
			}
		}
		return nil
	}
}

// The grain of an ordered map starts at one item, so that a slab of slow ones
// is spread over all workers.
func TestEngineSpreadsSlowItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := pipeline.From(pipeline.New("slow"), "source", integers(16))
		s = pipeline.Map(s, "map", func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Millisecond)
			return v, nil
		}, pipeline.Workers(4))
		require.NoError(t, pipeline.Each(s, "sink", func(context.Context, int) error { return nil }).Run(t.Context()))
		require.LessOrEqual(t, time.Since(start), 4600*time.Microsecond)
	})
}

// What an item costs the allocator is exact where its time is not: nothing.
func TestEngineDoesNotAllocatePerItem(t *testing.T) {
	const n = 50_000
	for _, test := range []struct {
		name string
		run  func(ctx context.Context) error
	}{
		{"chain", func(ctx context.Context) error { _, err := engineChain(ctx, n); return err }},
		{"ordered map", func(ctx context.Context) error { _, err := engineOrdered(ctx, n); return err }},
		{"blocks", func(ctx context.Context) error { return engineBlocks(ctx, n, pipeline.Slab(1)) }},
		{"blocks bounded in bytes", func(ctx context.Context) error { return engineBlocks(ctx, n, pipeline.Bytes(4<<20)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			require.NoError(t, test.run(t.Context()))
			runtime.ReadMemStats(&after)
			perItem := float64(after.Mallocs-before.Mallocs) / n
			require.Less(t, perItem, 0.05, "allocations an item")
		})
	}
}
