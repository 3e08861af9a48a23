package page

import (
	"strings"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/plot"
)

// card is the fastest of a kind of work.
type card struct {
	What    string
	Number  string
	Unit    string
	Choice  string
	Facts   []fact
	Command string // empty where nothing was advised
}

// cards are those of what was advised, or where nothing was those of every group.
func cards(r *bench.Report) []card {
	byName := map[string]bench.Result{}
	for _, result := range r.Results {
		byName[result.Name] = result
	}
	var list []card
	for _, a := range r.Advice {
		if best, known := byName[a.Variant]; known {
			c := newCard(best)
			c.Command = a.Command
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, g := range bench.Groups(r.Results, chunk, streams) {
		if best := bench.Best(g.Results); best != nil {
			list = append(list, newCard(*best))
		}
	}
	return list
}

func newCard(r bench.Result) card {
	c := card{What: wholeText(without(r.Settings, chunk, streams)), Choice: choiceText(r)}
	if c.What == "" {
		c.What = r.Name
	}
	c.Number, c.Unit, _ = strings.Cut(plot.Rate.Text(r.Throughput().Median), " ")
	c.Facts = []fact{
		{"runs differ by", spreadText(r)},
		{"p99 of a chunk", durationText(r.Latency.P99)},
		{"bottleneck", orDash(r.Bottleneck())},
	}
	return c
}

// change is a line of the comparison.
type change struct {
	Name, Before, After, Change, Range string
	Class                              string // faster, slower, or none
}

// minus is the sign that is as wide as a plus.
var minus = strings.NewReplacer("-", "−")

func changes(list []bench.Change) []change {
	var lines []change
	for _, c := range list {
		line := change{Name: c.Name, Before: rate(c.Before.Median), After: rate(c.After.Median)}
		line.Change, line.Range, _ = strings.Cut(c.String(), " (")
		line.Range = minus.Replace(strings.TrimSuffix(line.Range, ")"))
		line.Change = minus.Replace(line.Change)
		switch {
		case c.Change.High < 0:
			line.Class = "slower"
		case c.Change.Low > 0:
			line.Class = "faster"
		}
		lines = append(lines, line)
	}
	return lines
}
