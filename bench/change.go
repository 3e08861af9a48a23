package bench

import "fmt"

// Change is how a variant fares beside an earlier report.
type Change struct {
	Name          string
	Before, After Spread // of bytes a second; of runs a second where there are no bytes
	// Change is of what was gained, as a part of what was: −0.1 is a tenth slower. It
	// is over every run of the one beside every run of the other.
	Change Spread
}

// IsSlower reports whether the variant has become slower by more than that part of what
// it was: in the median, and in three of four of the pairs slower at all, so that what
// two runs of one thing differ by is none.
func (c Change) IsSlower(than float64) bool {
	return c.Change.Median < -than && c.Change.High < 0
}

// Compare holds the variants of after against those of the same name before.
func Compare(before, after *Report) []Change {
	was := map[string]Result{}
	for _, r := range before.Results {
		was[r.Name] = r
	}
	var changes []Change
	for _, r := range after.Results {
		old := was[r.Name]
		if len(old.Runs) == 0 || len(r.Runs) == 0 {
			continue
		}
		c := Change{Name: r.Name, Before: old.spread(speed), After: r.spread(speed)}
		var pairs []float64
		for _, a := range old.Runs {
			for _, b := range r.Runs {
				pairs = append(pairs, speed(b)/speed(a)-1)
			}
		}
		c.Change = SpreadOf(pairs)
		changes = append(changes, c)
	}
	return changes
}

// speed is what one run has done in a second.
func speed(r Run) float64 {
	if r.Bytes > 0 {
		return r.Throughput()
	}
	return 1 / max(r.Took.Seconds(), 1e-9)
}

// String is the change in percent, with what half of the pairs lie between.
func (c Change) String() string {
	return fmt.Sprintf("%+.1f %% (%+.1f to %+.1f)", 100*c.Change.Median, 100*c.Change.Low, 100*c.Change.High)
}
