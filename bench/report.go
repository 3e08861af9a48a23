package bench

import (
	"time"

	"github.com/penstock-go/penstock/stages"
)

// Report is what a sweep has measured.
type Report struct {
	Began   time.Time
	Took    time.Duration
	Machine Machine
	Results []Result // in the order of the variants

	// What follows is for whoever reads it, and is the caller's to say.

	Subject string   // what was measured
	Command string   // that measures it again
	Notes   []string // what there is to know about the figures
	Advice  []Advice // what to do
}

// Advice is a command line that follows from the figures.
type Advice struct {
	For     string `json:"for"`
	Command string `json:"command"`
	Variant string `json:"variant"` // whose figures say so
}

// Result is the runs of one variant.
type Result struct {
	Name     string
	Settings []Setting
	Runs     []Run
	Latency  Quantiles // of the items of all runs
	Waits    []Wait    // of all runs
	// Moments are those of one run, oldest first: of the last that has as many as any.
	// Those of all would be more than the figures.
	Moments []Moment
}

// Quantiles are what 50, 90, 99 and 99.9 of a hundred did not exceed: never less than
// the truth, and at most a quarter more.
type Quantiles struct {
	Count               int64
	P50, P90, P99, P999 time.Duration
}

func quantilesOf(l *stages.Latency) Quantiles {
	return Quantiles{l.Count(), l.Quantile(0.5), l.Quantile(0.9), l.Quantile(0.99), l.Quantile(0.999)}
}

// Setting is the value of a setting, empty where the variant has none of that name.
func (r Result) Setting(name string) string { return valueOf(r.Settings, name) }

func (r Result) spread(of func(Run) float64) Spread {
	values := make([]float64, len(r.Runs))
	for i, run := range r.Runs {
		values[i] = of(run)
	}
	return SpreadOf(values)
}

// Throughput is of bytes a second.
func (r Result) Throughput() Spread { return r.spread(Run.Throughput) }

// Seconds is of the time of a run.
func (r Result) Seconds() Spread {
	return r.spread(func(r Run) float64 { return r.Took.Seconds() })
}

// Cores is of how many cores were busy on the average.
func (r Result) Cores() Spread {
	return r.spread(func(r Run) float64 { return r.CPU.Seconds() / max(r.Took.Seconds(), 1e-9) })
}

// PeakRSS is the largest of all runs: a ceiling is no average.
func (r Result) PeakRSS() int64 {
	var most int64
	for _, run := range r.Runs {
		most = max(most, run.PeakRSS)
	}
	return most
}

// Bottleneck is what the stages have waited for, in all runs together.
func (r Result) Bottleneck() string { return Bottleneck(r.Waits) }

// Unmeasured is how many variants have no run.
func (r *Report) Unmeasured() int {
	n := 0
	for _, result := range r.Results {
		if len(result.Runs) == 0 {
			n++
		}
	}
	return n
}

// asGood is how much slower than the fastest is as good: less than two runs of the
// same thing differ by.
const asGood = 0.03

// Best is the first of the results that is as fast as the fastest, so that of two that
// are alike the one wins that comes first; nil where none was measured.
func Best(results []Result) *Result {
	fastest := 0.0
	for _, r := range results {
		fastest = max(fastest, r.Throughput().Median)
	}
	for i, r := range results {
		if len(r.Runs) > 0 && r.Throughput().Median >= (1-asGood)*fastest {
			return &results[i]
		}
	}
	return nil
}
