package sizing_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/sizing"
)

// usages draws any float64, the strange ones often.
func usages() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}),
		rapid.Float64Range(0, 1.5),
		rapid.Float64(),
	)
}

// samples draws any sample, half of them of the size in force.
func samples(t *rapid.T, now int) sizing.Sample {
	size := rapid.OneOf(rapid.Just(now), rapid.Int()).Draw(t, "size")
	return sizing.Sample{
		Size:    size,
		Bytes:   rapid.OneOf(rapid.Just(now), rapid.Int()).Draw(t, "bytes"),
		Elapsed: time.Duration(rapid.OneOf(rapid.Int64Range(1, 1e9), rapid.Int64()).Draw(t, "elapsed")),
		Memory:  rapid.Int64().Draw(t, "memory"),
	}
}

func TestNoInputLeavesTheBoundsOrTheGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		onGrid := rapid.Map(rapid.IntRange(1, sizing.Max/sizing.Grid), func(n int) int { return n * sizing.Grid })
		least := onGrid.Draw(t, "min")
		most := max(least, onGrid.Draw(t, "max"))
		s, err := sizing.New(sizing.Options{Min: least, Max: most})
		require.NoError(t, err)
		fileSize := rapid.OneOf(rapid.SampledFrom([]int64{0, -1, math.MinInt64, math.MaxInt64}), rapid.Int64()).Draw(t, "file size")
		for range rapid.IntRange(1, 200).Draw(t, "chunks") {
			n := s.Next(fileSize, usages().Draw(t, "usage"))
			require.Zero(t, n%sizing.Grid)
			require.GreaterOrEqual(t, n, least)
			require.LessOrEqual(t, n, most)
			require.Equal(t, n, s.Size())
			s.Record(samples(t, n))
		}
	})
}

func TestSizerIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b sizing.Sizer
		for range rapid.IntRange(1, 50).Draw(t, "chunks") {
			usage := usages().Draw(t, "usage")
			n := a.Next(-1, usage)
			require.Equal(t, n, b.Next(-1, usage))
			sample := samples(t, n)
			a.Record(sample)
			b.Record(sample)
		}
	})
}

func TestZeroSizerStartsAtTheClass(t *testing.T) {
	var s sizing.Sizer
	require.Zero(t, s.Size())
	require.Equal(t, 64*kib, s.Next(-1, 0.5))
}

func TestFixedSizeIsNeverAdapted(t *testing.T) {
	s, err := sizing.New(sizing.Options{Size: 20 * kib})
	require.NoError(t, err)
	for _, size := range drive(s, 500, 0, 0.95, peaked(1*mib, 800*mib)) {
		require.Equal(t, 20*kib, size)
	}
}

func TestSizerMayBeAskedAndToldFromTwoGoroutines(t *testing.T) {
	var s sizing.Sizer
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 1000 {
			s.Next(5*mib, 0.5)
		}
	})
	wg.Go(func() {
		for range 1000 {
			s.Record(sizing.Sample{Size: 64 * kib, Bytes: 64 * kib, Elapsed: time.Millisecond})
		}
	})
	wg.Wait()
	require.Len(t, s.History(), 10)
}

func TestOptionsReportEveryFaultAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options sizing.Options
		fields  []string
	}{
		{"negative", sizing.Options{Size: -1, Min: -4096, Max: -1}, []string{"Min", "Max", "Size"}},
		{"off the grid", sizing.Options{Size: 5000, Min: 4097, Max: 9999}, []string{"Min", "Max", "Size"}},
		{"below the least", sizing.Options{Size: 4095}, []string{"Size"}},
		{"above the most", sizing.Options{Size: mib + 4096, Max: 2 * mib}, []string{"Max", "Size"}},
		{"min above max", sizing.Options{Min: 16 * kib, Max: 12 * kib}, []string{"Min"}},
		{"size below min", sizing.Options{Size: 8 * kib, Min: 12 * kib}, []string{"Size"}},
		{"size above max", sizing.Options{Size: 8 * kib, Max: 4 * kib}, []string{"Size"}},
		{"all at one size", sizing.Options{Size: 8 * kib, Min: 8 * kib, Max: 8 * kib}, nil},
		{"the widest", sizing.Options{Min: sizing.Min, Max: sizing.Max}, nil},
		{"none given", sizing.Options{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := sizing.New(tt.options)
			if tt.fields == nil {
				require.NoError(t, err)
				return
			}
			require.Nil(t, s)
			require.Equal(t, tt.fields, faultyFields(err))
		})
	}
	_, err := sizing.New(sizing.Options{Size: 1000})
	require.EqualError(t, err, "sizing: Size is 1000 bytes: want a multiple of 4096 from 4096 to 1048576, for example 65536")
}

// faultyFields are the fields that err names, in order.
func faultyFields(err error) (fields []string) {
	switch e := err.(type) { //nolint:errorlint // walking a join, not looking for one
	case *sizing.OptionError:
		return []string{e.Field}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			fields = append(fields, faultyFields(inner)...)
		}
	}
	return fields
}

func BenchmarkNextAndRecord(b *testing.B) {
	var s sizing.Sizer
	for b.Loop() {
		n := s.Next(5*mib, 0.5)
		s.Record(sizing.Sample{Size: n, Bytes: n, Elapsed: time.Millisecond, Memory: 30 * mib})
	}
}
