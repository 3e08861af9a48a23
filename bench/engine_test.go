package bench_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

// The engine's own cost; bench/peers has it beside what people use instead. An
// iteration is a whole run of many items, and ns/item is what one of them cost:
//
//	GOMAXPROCS=1 go test ./bench -run '^$' -bench Engine -count 10 > new.txt
//	benchstat old.txt new.txt

const items = 1_000_000

// BenchmarkEngineChain sends a million integers through a source, three maps
// and a sink.
func BenchmarkEngineChain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sum, err := engineChain(b.Context(), items)
		require.NoError(b, err)
		require.Equal(b, items*(items-1)/2+3*items, sum)
	}
	perItem(b, items)
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

// BenchmarkEngineOrderedMap sends them through one map with four workers that
// keeps their order, with nothing to do: what is left is the cost of order.
func BenchmarkEngineOrderedMap(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sum, err := engineOrdered(b.Context(), items)
		require.NoError(b, err)
		require.Equal(b, items*(items-1)/2+items, sum)
	}
	perItem(b, items)
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

// block is like a chunk: it has a size and is handed on by pointer.
type block struct{ data []byte }

func (b *block) Size() int { return len(b.data) }

// BenchmarkEngineBlocks sends blocks, which travel one by one through links of
// four: the byte path's cost without the bytes.
func BenchmarkEngineBlocks(b *testing.B) {
	const n = 200_000
	for _, link := range []struct {
		name  string
		bound pipeline.Option
	}{
		{"one by one", pipeline.Slab(1)},
		{"bounded in bytes", pipeline.Bytes(4 << 20)},
	} {
		b.Run("link="+link.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, engineBlocks(b.Context(), n, link.bound))
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
