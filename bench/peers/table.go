package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

const header = `| workload | implementation | median | engine / it | middle half | of CPU time | wanted | met | |
|---|---|---:|---:|---:|---:|---:|---|---|`

// rows are the part of the table that one workload is, a row for each
// implementation; results begins with the engine's.
func (w workload) rows(results []result) []string {
	var rows []string
	for _, r := range results {
		cells := []string{w.name, r.title(), "–", "", "", "", "", "", ""}
		if len(r.figures) > 0 {
			cells[2] = number(median(r.of(ns))) + " " + w.unit
			if w.also != "" {
				cells[8] = number(median(r.of(also))) + " " + w.also
			}
			if r.by != engine {
				copy(cells[3:], beside(results[0], r, w.wanted[r.by]))
			}
		}
		rows = append(rows, "| "+strings.Join(cells, " | ")+" |")
	}
	return rows
}

// beside are the cells that compare the engine with a peer. CPU time is the
// better measure where one core is used and the machine is shared; what is
// wanted is wanted of the time that passed.
func beside(engine, peer result, wanted float64) []string {
	wall := ratios(engine, peer, ns)
	low, ratio, high := quantile(wall, 0.25), median(wall), quantile(wall, 0.75)
	cells := []string{fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%.2f–%.2f", low, high), "", "", ""}
	if peer.figures[0].cpu > 0 {
		cells[2] = fmt.Sprintf("%.2f", median(ratios(engine, peer, cpu)))
	}
	if wanted > 0 {
		cells[3], cells[4] = fmt.Sprintf("≤ %.2f", wanted), verdict(low, ratio, wanted)
	}
	return cells
}

// verdict says whether a ratio is at most what is wanted, given that a quarter
// of the rounds had one of low or less. One that is above it by less than the
// rounds differ is neither.
func verdict(low, ratio, wanted float64) string {
	switch {
	case ratio <= wanted:
		return "yes"
	case low <= wanted:
		return "undecided"
	default:
		return "**no**"
	}
}

func number(v float64) string {
	if v < 100 && v != float64(int(v)) {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// title is the implementation's name, with the version where it is a module's.
func (p peer) title() string {
	if p.by == engine {
		return "**engine**"
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || p.module == "" {
		return p.by
	}
	for _, dep := range info.Deps {
		if dep.Path == p.module {
			return p.by + " " + dep.Version
		}
	}
	return p.by
}
