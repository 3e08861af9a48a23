package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/plot"
)

// row is panels that share their scale.
type row struct {
	Work, Rest string
	Facts      []fact // the fastest of each panel
	Panels     []panel
}

// panel is a plot with its title.
type panel struct {
	Title string
	Plot  template.HTML
}

// throughputs plots bytes a second over the chunk size, a line for each number of
// streams.
func throughputs(all []series) ([]row, error) {
	var rows []row
	for _, s := range all {
		top := 0.0
		for _, g := range s.groups {
			for _, r := range g.Results {
				top = max(top, r.Throughput().High)
			}
		}
		r := row{Work: s.work(), Rest: s.rest()}
		for _, g := range s.groups {
			svg, err := throughput(g, top).SVG()
			if err != nil {
				return nil, err
			}
			r.Panels = append(r.Panels, panel{cacheText(g), svg})
			best := bench.Best(g.Results)
			r.Facts = append(r.Facts, fact{orDash(g.Setting(cache)), rate(best.Throughput().Median)})
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func throughput(g bench.Group, top float64) plot.Plot {
	along, by := chunk, streams
	if len(values(g, chunk)) < 2 && len(values(g, streams)) > 1 {
		along, by = streams, chunk
	}
	xs := values(g, along)
	numbers := make([]float64, len(xs))
	names := map[float64]string{}
	for i, x := range xs {
		numbers[i] = numeric(x)
		names[numbers[i]] = x
	}
	slices.Sort(numbers)
	p := plot.Plot{
		Title: fmt.Sprintf("Throughput over %s: %s", axisName(along), wholeText(g.Settings)),
		X:     plot.Steps(numbers, func(v float64) string { return names[v] }),
		Y:     plot.Linear(top, plot.Rate),
	}
	p.X.Name = axisName(along)
	best := bench.Best(g.Results)
	series := values(g, by)
	for _, s := range series {
		line := plot.Line{}
		if len(series) > 1 {
			line.Name = seriesName(by, s)
		}
		for _, r := range g.Results {
			if r.Setting(by) == s && len(r.Runs) > 0 {
				line.Points = append(line.Points, point(r, numeric(r.Setting(along)), r.Name == best.Name))
			}
		}
		slices.SortStableFunc(line.Points, func(a, b plot.Point) int { return cmp.Compare(a.X, b.X) })
		p.Lines = append(p.Lines, line)
	}
	return p
}

func point(r bench.Result, x float64, best bool) plot.Point {
	s := r.Throughput()
	p := plot.Point{X: x, Y: s.Median, Low: s.Low, High: s.High}
	p.Note = fmt.Sprintf("%s: %s (%s to %s), p99 %s", choiceText(r), rate(s.Median), rate(s.Low), rate(s.High), durationText(r.Latency.P99))
	if best {
		p.Mark = rate(s.Median)
	}
	return p
}

func axisName(setting string) string {
	if setting == chunk {
		return "chunk size"
	}
	return "files at once"
}

func seriesName(setting, value string) string {
	if setting == streams {
		return counted(value, "stream")
	}
	return value
}

// values are those that a setting has among the measured results, in their order.
func values(g bench.Group, setting string) []string {
	var list []string
	for _, r := range g.Results {
		if v := r.Setting(setting); len(r.Runs) > 0 && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// numeric is the number of a setting such as 64K; 0 for what is none, such as auto.
func numeric(s string) float64 {
	scale := 1.0
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 'K':
			s, scale = s[:n-1], 1<<10
		case 'M':
			s, scale = s[:n-1], 1<<20
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 {
		return 0
	}
	return v * scale
}
