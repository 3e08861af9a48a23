package page

import (
	"fmt"

	"github.com/penstock-go/penstock/bench"
)

// table is all of the figures.
type table struct{ Groups []tableGroup }

type tableGroup struct {
	Title string
	Rows  []tableRow
}

// tableRow is a variant. Bar is its throughput as a part of the group's largest,
// percent.
type tableRow struct {
	Streams, Chunk     string
	Throughput, Spread string
	Bar                int
	P50, P90, P99      string
	P999               string
	Cores, RSS         string
	Bottleneck         string
	Runs               int
	Best               bool
}

func newTable(r *bench.Report) table {
	var t table
	for _, g := range bench.Groups(r.Results, chunk, streams) {
		best := bench.Best(g.Results)
		if best == nil {
			continue
		}
		top := 0.0
		for _, result := range g.Results {
			top = max(top, result.Throughput().Median)
		}
		group := tableGroup{Title: wholeText(g.Settings)}
		for _, result := range g.Results {
			if len(result.Runs) > 0 {
				group.Rows = append(group.Rows, newRow(result, top, result.Name == best.Name))
			}
		}
		t.Groups = append(t.Groups, group)
	}
	return t
}

func newRow(r bench.Result, top float64, best bool) tableRow {
	s, q := r.Throughput(), r.Latency
	row := tableRow{
		Streams: r.Setting(streams), Chunk: r.Setting(chunk),
		Throughput: rate(s.Median), Spread: spreadText(r), Bar: int(100 * s.Median / max(top, 1)),
		P50: durationText(q.P50), P90: durationText(q.P90), P99: durationText(q.P99), P999: durationText(q.P999),
		Cores: fmt.Sprintf("%.2f", r.Cores().Median), RSS: bytesText(r.PeakRSS()),
		Bottleneck: orDash(r.Bottleneck()), Runs: len(r.Runs), Best: best,
	}
	if row.Streams == "" && row.Chunk == "" {
		row.Chunk = r.Name
	}
	return row
}
