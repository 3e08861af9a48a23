package main

import (
	"fmt"
	"strings"

	"github.com/penstock-go/penstock/bench"
)

const header = `| job | beside | ratio | spread | wanted | seconds | beside | peak RSS | beside |
|---|---|---:|---:|---:|---:|---:|---:|---:|`

// row is one comparison: the ratio of the times first, because it is what holds on
// another machine, and the smallest and the largest of the pairs.
func row(j job, other peer, ours, theirs []sample) string {
	ratios := make([]float64, len(ours))
	low, high := 0.0, 0.0
	for i := range ours {
		ratios[i] = ours[i].wall.Seconds() / theirs[i].wall.Seconds()
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

func seconds(samples []sample) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = s.wall.Seconds()
	}
	return bench.SpreadOf(values).Median
}

// peak is the largest of all runs: a ceiling is no average.
func peak(samples []sample) (most int64) {
	for _, s := range samples {
		most = max(most, s.rss)
	}
	return most
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
