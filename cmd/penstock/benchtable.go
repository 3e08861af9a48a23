package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-go/penstock/bench"
)

// groups are the results that differ in the number of streams and the chunk size only.
func groups(report *bench.Report) []bench.Group {
	return bench.Groups(report.Results, settingStreams, settingChunk)
}

// groupTitle is what a group measures, in words.
func groupTitle(g bench.Group) string {
	work := g.Setting(settingWork)
	if digests := g.Setting(settingDigests); digests != "" {
		work += " with " + digests
	}
	return work + ", " + g.Setting(settingCache) + " cache"
}

// column is one of the table.
type column struct {
	head string
	left bool // aligned there, as words are
	cell func(bench.Result) string
}

var benchColumns = []column{
	{"streams", false, func(r bench.Result) string { return r.Setting(settingStreams) }},
	{"chunk", false, func(r bench.Result) string { return r.Setting(settingChunk) }},
	{"throughput", false, func(r bench.Result) string { return bytesText(r.Throughput().Median) + "/s" }},
	{"+-", false, differ},
	{"p50", false, func(r bench.Result) string { return briefly(r.Latency.P50) }},
	{"p99", false, func(r bench.Result) string { return briefly(r.Latency.P99) }},
	{"cores", false, func(r bench.Result) string { return fmt.Sprintf("%.2f", r.Cores().Median) }},
	{"peak RSS", false, func(r bench.Result) string { return bytesText(float64(r.PeakRSS())) }},
	{"bottleneck", true, func(r bench.Result) string { return orDash(r.Bottleneck()) }},
	{"runs", false, func(r bench.Result) string { return fmt.Sprint(len(r.Runs)) }},
}

// differ is how far runs differ, in percent, which one alone cannot.
func differ(r bench.Result) string {
	if len(r.Runs) < 2 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*r.Throughput().Relative())
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// briefly is a duration with three digits.
func briefly(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d us", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1e3)
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	default:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
}

// printTables prints the report for a person: a table for each group, in which the
// best is marked, and the command lines that follow.
func printTables(w io.Writer, report *bench.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", report.Subject, report.Machine)
	for _, g := range groups(report) {
		if best := bench.Best(g.Results); best != nil {
			fmt.Fprintf(&b, "\n%s\n", groupTitle(g))
			table(&b, g.Results, best.Name)
		}
	}
	if len(report.Advice) > 0 {
		b.WriteString("\nThe fastest (*), as command lines:\n")
	}
	for _, a := range report.Advice {
		fmt.Fprintf(&b, "\n%s\n  %s\n", a.For, a.Command)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func table(b *strings.Builder, results []bench.Result, best string) {
	rows := [][]string{make([]string, len(benchColumns))}
	for i, c := range benchColumns {
		rows[0][i] = c.head
	}
	marks := []string{""}
	for _, r := range results {
		if len(r.Runs) == 0 {
			continue
		}
		row := make([]string, len(benchColumns))
		for i, c := range benchColumns {
			row[i] = c.cell(r)
		}
		mark := ""
		if r.Name == best {
			mark = "  *"
		}
		rows, marks = append(rows, row), append(marks, mark)
	}
	widths := make([]int, len(benchColumns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			b.WriteString("  ")
			if benchColumns[i].left {
				b.WriteString(cell + pad)
			} else {
				b.WriteString(pad + cell)
			}
		}
		b.WriteString(marks[n] + "\n")
	}
}

// benchSummary is the sweep in one line.
func benchSummary(report *bench.Report) string {
	runs := 0
	for _, r := range report.Results {
		runs += len(r.Runs)
	}
	s := fmt.Sprintf("%s of %s in %s", plural(int64(runs), "run"),
		plural(int64(len(report.Results)), "combination"), report.Took.Round(100*time.Millisecond))
	return s
}
