package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

const header = `| job | beside | ratio | spread | wanted | seconds | beside | peak RSS | beside |
|---|---|---:|---:|---:|---:|---:|---:|---:|`

// row is one comparison: the ratio of the times first, because it is what holds
// on another machine.
func row(j job, peer program, ours, theirs []sample) string {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i].wall.Seconds() / theirs[i].wall.Seconds()
	}
	middle := median(ratios) // which sorts them
	wanted := ""
	if peer.target > 0 {
		wanted = fmt.Sprintf("≤ %.2f", peer.target)
	}
	return fmt.Sprintf("| %s | %s | %.2f | %.2f–%.2f | %s | %.2f | %.2f | %.1f MiB | %.1f MiB |",
		j.name, peer.name, middle, ratios[0], ratios[len(ratios)-1], wanted,
		seconds(ours), seconds(theirs), peak(ours), peak(theirs))
}

func seconds(samples []sample) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = s.wall.Seconds()
	}
	return median(values)
}

// peak is the largest of all runs, in MiB: a ceiling is no average.
func peak(samples []sample) float64 {
	var most int64
	for _, s := range samples {
		most = max(most, s.rss)
	}
	return float64(most) / (1 << 20)
}

// machine says what the figures were measured on.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %s, %d × %s, %s/%s", time.Now().Format(time.DateOnly), runtime.Version(),
		runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH)
}
