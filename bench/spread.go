package bench

import "slices"

// Spread is what half of some figures lie between, and the one in the middle. The
// zero value is that of no figures.
type Spread struct{ Low, Median, High float64 }

// SpreadOf is the spread of the values, in any order.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// Relative is how far the further end lies from the median, as a part of it.
func (s Spread) Relative() float64 {
	if s.Median == 0 {
		return 0
	}
	return max(s.High-s.Median, s.Median-s.Low) / s.Median
}

// quantile is the value that a part of the sorted ones are below, between two of them
// where it falls there.
func quantile(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := part * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
