package main

import (
	"fmt"
	"strings"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/process"
)

const header = `| job | beside | ratio | spread | wanted | seconds | beside | peak RSS | beside |
|---|---|---:|---:|---:|---:|---:|---:|---:|`

// row is one comparison: the ratio of the times first, because it is what holds on
// another machine, and the smallest and the largest of the pairs.
func row(j job, other peer, ours, theirs []process.Sample) string {
	ratios := make([]float64, len(ours))
	low, high := 0.0, 0.0
	for i := range ours {
		ratios[i] = ours[i].Wall.Seconds() / theirs[i].Wall.Seconds()
		if i == 0 {
			low, high = ratios[i], ratios[i]
		}
		low, high = min(low, ratios[i]), max(high, ratios[i])
	}
	wanted := ""
	if other.target > 0 {
		wanted = fmt.Sprintf("≤ %.2f", other.target)
	}
	return fmt.Sprintf("| %s | %s | %.2f | %.2f–%.2f | %s | %.2f | %.2f | %.1f MiB | %.1f MiB |",
		j.name, strings.ReplaceAll(other.name, "|", `\|`), bench.SpreadOf(ratios).Median, low, high, wanted,
		seconds(ours), seconds(theirs), mib(peak(ours)), mib(peak(theirs)))
}

func seconds(samples []process.Sample) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = s.Wall.Seconds()
	}
	return bench.SpreadOf(values).Median
}

// peak is the largest of all runs: a ceiling is no average.
func peak(samples []process.Sample) (most int64) {
	for _, s := range samples {
		most = max(most, s.PeakRSS)
	}
	return most
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
