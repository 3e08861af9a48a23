package page

import (
	"math"
	"slices"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/plot"
)

// rangeFigure is the percentiles of the fastest of each group of a work, on one scale
// of time.
type rangeFigure struct {
	Name   string
	Height float64
	Bottom float64 // where the axis is
	Ticks  []mark
	Rows   []rangeRow
}

type mark struct {
	At   float64
	Text string
}

// rangeRow is one of them: from the median to 99.9 %.
type rangeRow struct {
	Name, Choice string
	Y, TextY     float64
	P50, P90     float64
	P99, P999    float64
	Note         string
	End          string // the time of 99 %, beside it
	EndX         float64
	EndAnchor    string
}

// The measures of the figure, in pixels of a telephone.
const (
	figureWidth = 340.0
	rangeLeft   = 8.0
	rangeRight  = figureWidth - 30
	rangeEvery  = 46.0
	rangeTop    = 8.0
	axisHeight  = 22.0
)

func ranges(all []series) []rangeFigure {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, g := range s.groups {
			if q := bench.Best(g.Results).Latency; q.Count > 0 {
				low, high = min(low, q.P50.Seconds()), max(high, q.P999.Seconds())
			}
		}
	}
	if low > high {
		return nil
	}
	from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	to = max(to, from+1)
	at := func(d time.Duration) float64 {
		part := (math.Log10(max(d.Seconds(), 1e-9)) - from) / (to - from)
		return rangeLeft + (rangeRight-rangeLeft)*min(1, max(0, part))
	}
	var list []rangeFigure
	for _, s := range all {
		if len(list) == 0 || list[len(list)-1].Name != s.work() {
			list = append(list, rangeFigure{Name: s.work()})
		}
		f := &list[len(list)-1]
		for _, g := range s.groups {
			if best := bench.Best(g.Results); best.Latency.Count > 0 {
				f.Rows = append(f.Rows, newRange(g, best, len(f.Rows), at))
			}
		}
	}
	list = slices.DeleteFunc(list, func(f rangeFigure) bool { return len(f.Rows) == 0 })
	for i := range list {
		f := &list[i]
		f.Bottom = rangeTop + rangeEvery*float64(len(f.Rows))
		f.Height = f.Bottom + axisHeight
		for p := from; p <= to; p++ {
			f.Ticks = append(f.Ticks, mark{at(time.Duration(math.Pow(10, p) * 1e9)), plot.Seconds.Text(math.Pow(10, p))})
		}
	}
	return list
}

func newRange(g bench.Group, r *bench.Result, n int, at func(time.Duration) float64) rangeRow {
	q := r.Latency
	y := rangeTop + rangeEvery*float64(n) + 28
	row := rangeRow{
		Name: settingsText(g.Settings), Choice: choiceText(*r), Y: y, TextY: y - 14,
		P50: at(q.P50), P90: at(q.P90), P99: at(q.P99), P999: at(q.P999),
		Note: "50 %: " + durationText(q.P50) + ", 90 %: " + durationText(q.P90) +
			", 99 %: " + durationText(q.P99) + ", 99.9 %: " + durationText(q.P999),
		End: durationText(q.P99),
	}
	row.EndX, row.EndAnchor = row.P999+8, "start"
	if row.EndX > figureWidth-44 {
		row.EndX, row.EndAnchor = row.P50-8, "end"
	}
	return row
}
