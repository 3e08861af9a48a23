package pressure_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/pressure"
)

// pressed is a sample with nothing but full links and poor throughput.
func pressed() pressure.Sample {
	return pressure.Sample{Memory: memoryAt(0.3), Streams: 1, Fill: 1, Throughput: 9.9 * mib}
}

func TestMemoryPoints(t *testing.T) {
	for _, tt := range []struct {
		usage float64 // steps of 1e-9, which memoryAt resolves
		want  float64
	}{
		{0, 0},
		{0.5 - 1e-9, 0},
		{0.5, 0},
		{0.5 + 1e-9, 10},
		{0.6 - 1e-9, 10},
		{0.6, 10},
		{0.6 + 1e-9, 20},
		{0.7 - 1e-9, 20},
		{0.7, 20},
		{0.7 + 1e-9, 30},
		{0.8 - 1e-9, 30},
		{0.8, 30},
		{0.8 + 1e-9, 40},
		{5, 40},
	} {
		s := pressure.Sample{Memory: memoryAt(tt.usage)}
		require.Equal(t, pressure.Factors{Memory: tt.want}, s.Factors(), "usage %v", tt.usage)
	}
}

func TestConcurrencyPoints(t *testing.T) {
	for streams, want := range map[int]float64{
		-1: 0, 0: 0, 1: 0, 2: 0, 3: 0, 4: 10, 5: 10, 6: 20, 7: 20, 8: 20, 9: 30, 10: 30, 1_000_000: 30,
	} {
		s := pressed()
		s.Streams = streams
		require.InDelta(t, want, s.Factors().Concurrency, 0, "%d streams", streams)
	}
}

func TestThroughputPoints(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		throughput float64
		chunkTime  time.Duration
		want       float64
	}{
		{0, 0, 30},
		{below(2 * mib), 0, 30},
		{2 * mib, 0, 20},
		{below(5 * mib), 0, 20},
		{5 * mib, 0, 10},
		{below(10 * mib), 0, 10},
		{10 * mib, 0, 0},
		{math.Inf(1), 0, 0},
		{math.NaN(), 0, 0},
		{-1, 0, 0},

		{10 * mib, 500 * ms, 0},
		{10 * mib, 500*ms + 1, 10},
		{10 * mib, 1000 * ms, 10},
		{10 * mib, 1000*ms + 1, 20},
		{10 * mib, math.MaxInt64, 20},
		{10 * mib, -1, 0},
		{-1, 1000*ms + 1, 20},

		{5 * mib, 500*ms + 1, 20},
		{5 * mib, 1000*ms + 1, 30},
		{2 * mib, 500*ms + 1, 30},
		{2 * mib, 1000*ms + 1, 30}, // 40, capped
		{0, 1000*ms + 1, 30},       // 50, capped
	} {
		s := pressed()
		s.Throughput, s.ChunkTime = tt.throughput, tt.chunkTime
		require.InDelta(t, tt.want, s.Factors().Throughput, 0, "%v bytes/s, chunks of %v", tt.throughput, tt.chunkTime)
	}
}

func TestFillOfTheLinksScalesBoth(t *testing.T) {
	for _, tt := range []struct{ fill, scale float64 }{
		{math.Inf(-1), 0},
		{-1, 0},
		{0, 0},
		{below(0.5), 0},
		{0.5, 0},
		{0.5 + 1.0/64, 1.0 / 32},
		{0.75, 0.5},
		{1 - 1.0/64, 1 - 1.0/32},
		{1, 1},
		{above(1), 1},
		{math.Inf(1), 1},
		{math.NaN(), 0},
	} {
		s := pressed()
		s.Streams, s.Throughput, s.Fill = 9, 1*mib, tt.fill
		require.Equal(t, pressure.Factors{Concurrency: 30 * tt.scale, Throughput: 30 * tt.scale}, s.Factors(), "fill %v", tt.fill)
	}
}

func TestHealthyStreamsScoreNothing(t *testing.T) {
	healthy := pressure.Sample{Memory: memoryAt(0.3), Streams: 10, Throughput: 10 * mib, ChunkTime: 500 * time.Millisecond}
	t.Run("with empty links", func(t *testing.T) {
		require.Zero(t, healthy.Factors())
	})
	t.Run("with links that a busy stage keeps full", func(t *testing.T) {
		full := healthy
		full.Fill = 1
		require.Zero(t, full.Factors())
	})
	t.Run("slow at the source", func(t *testing.T) {
		slow := healthy
		slow.Throughput, slow.Fill = 1, 0.5
		require.Zero(t, slow.Factors())
	})
}

func TestScoreStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := pressure.Sample{
			Memory:     pressure.Memory{{Used: rapid.Int64().Draw(t, "used"), Limit: rapid.Int64().Draw(t, "limit")}},
			Growth:     rapid.Float64().Draw(t, "growth"),
			Streams:    rapid.Int().Draw(t, "streams"),
			Fill:       rapid.OneOf(rapid.Float64Range(-0.5, 1.5), rapid.Float64()).Draw(t, "fill"),
			Throughput: rapid.Float64().Draw(t, "throughput"),
			ChunkTime:  time.Duration(rapid.Int64().Draw(t, "chunk time")),
		}
		f := s.Factors()
		for points, most := range map[float64]float64{f.Memory: 40, f.Concurrency: 30, f.Throughput: 30} {
			require.GreaterOrEqual(t, points, 0.0)
			require.LessOrEqual(t, points, most)
		}
		l := new(pressure.Controller).Step(s)
		require.Positive(t, l.MaxChunk)
		require.LessOrEqual(t, l.MaxChunk, mib)
		require.Zero(t, l.MaxChunk%4096)
		require.GreaterOrEqual(t, l.MaxStreams, 0)
		require.LessOrEqual(t, l.MaxStreams, 10)
		require.LessOrEqual(t, l.Delay.Min, l.Delay.Max)
		require.GreaterOrEqual(t, l.Delay.Min, time.Duration(0))
		require.Positive(t, l.Multiplier)
		require.LessOrEqual(t, l.Multiplier, 1.0)
		require.Equal(t, pressure.LevelOf(l.Score()), l.Level, "the first sample is not held up")
	})
}
