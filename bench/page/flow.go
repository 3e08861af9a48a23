package page

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/plot"
	"github.com/penstock-go/penstock/pressure"
)

// flow is what went on in one run of the fastest of a work: a strip for the bytes, one
// for each link, one for the level, over the same time.
type flow struct {
	Name, Title, Choice string
	Strips              []strip
	Height              float64
	Bottom              float64
	Ticks               []mark
	Unit                string
}

// strip is one of them.
type strip struct {
	Name, Value string
	Top, Base   float64
	Area, Line  string // paths
	Class       string
}

// The measures of the figure.
const (
	flowLeft    = 8.0
	flowRight   = figureWidth - 8
	stripEvery  = 50.0
	stripHeight = 26.0
	stripText   = 16.0
)

// flows are those of the fastest of each kind of work: with a cold cache, where there
// is one.
func flows(all []series) []flow {
	var list []flow
	for _, s := range all {
		var chosen *bench.Result
		for _, g := range s.groups {
			best := bench.Best(g.Results)
			if len(best.Moments) > 1 && (chosen == nil || g.Setting(cache) == "cold") {
				chosen = best
			}
		}
		if chosen != nil {
			title := settingsText(without(chosen.Settings, chunk, streams))
			list = append(list, newFlow(s.work(), title, chosen))
		}
	}
	return list
}

func newFlow(name, title string, r *bench.Result) flow {
	moments := r.Moments
	end := moments[len(moments)-1].At
	f := flow{Name: name, Title: title, Choice: choiceText(*r)}
	x := func(d time.Duration) float64 {
		return flowLeft + (flowRight-flowLeft)*d.Seconds()/end.Seconds()
	}
	spans := spansOf(moments)
	f.add(throughputStrip(spans, x))
	for _, l := range linksOf(moments) {
		f.add(fillStrip(l, spans, x))
	}
	f.add(levelStrip(spans, x))
	f.Bottom = stripEvery*float64(len(f.Strips)) + 4
	f.Height = f.Bottom + axisHeight
	f.Ticks, f.Unit = timeTicks(end, x)
	return f
}

// span is some moments that are drawn as one: a link that holds a single chunk is
// either empty or full at a moment, and only of several can be said how full it was.
type span struct {
	from, to time.Duration
	bytes    int64 // that arrived
	moments  []bench.Moment
}

// mostSpans is as many as can be told apart on a telephone.
const mostSpans = 32

func spansOf(moments []bench.Moment) []span {
	var spans []span
	var before bench.Moment
	for part := range slices.Chunk(moments, (len(moments)+mostSpans-1)/mostSpans) {
		last := part[len(part)-1]
		spans = append(spans, span{before.At, last.At, last.Bytes - before.Bytes, part})
		before = last
	}
	return spans
}

// mean is that of a number over the moments.
func (s span) mean(of func(bench.Moment) float64) float64 {
	sum := 0.0
	for _, m := range s.moments {
		sum += of(m)
	}
	return sum / float64(len(s.moments))
}

// add places a strip below the others.
func (f *flow) add(s strip, shape func(base float64) (area, line string)) {
	s.Top = stripEvery * float64(len(f.Strips))
	s.Base = s.Top + stripText + stripHeight
	s.Area, s.Line = shape(s.Base)
	f.Strips = append(f.Strips, s)
}

// throughputStrip is bytes a second.
func throughputStrip(spans []span, x func(time.Duration) float64) (strip, func(float64) (string, string)) {
	speed := func(s span) float64 { return float64(s.bytes) / max((s.to-s.from).Seconds(), 1e-9) }
	top := 1.0
	for _, s := range spans {
		top = max(top, speed(s))
	}
	s := strip{Name: "throughput", Value: "up to " + rate(top), Class: "bytes"}
	return s, shape(spans, x, func(s span) float64 { return speed(s) / top })
}

// link is named by its ends.
type link struct{ from, to string }

// linksOf are the links in the order in which they come.
func linksOf(moments []bench.Moment) []link {
	var list []link
	seen := map[link]bool{}
	for _, m := range moments {
		for _, f := range m.Fills {
			if l := (link{f.From, f.To}); !seen[l] {
				seen[l] = true
				list = append(list, l)
			}
		}
	}
	return list
}

func fillStrip(l link, spans []span, x func(time.Duration) float64) (strip, func(float64) (string, string)) {
	share := func(m bench.Moment) float64 {
		for _, f := range m.Fills {
			if f.From == l.from && f.To == l.to {
				return f.Share
			}
		}
		return 0
	}
	mean := 0.0
	for _, s := range spans {
		mean += s.mean(share) / float64(len(spans))
	}
	s := strip{Name: l.from + " → " + l.to, Value: percent(mean) + " full", Class: "fill"}
	return s, shape(spans, x, func(s span) float64 { return s.mean(share) })
}

func levelStrip(spans []span, x func(time.Duration) float64) (strip, func(float64) (string, string)) {
	highest := pressure.None
	for _, s := range spans {
		highest = max(highest, s.level())
	}
	s := strip{Name: "level", Value: "up to " + highest.String(), Class: "level"}
	if highest == pressure.None {
		s.Value = "NONE throughout"
	}
	return s, shape(spans, x, func(s span) float64 { return float64(s.level()) / float64(pressure.Critical) })
}

// level is the highest.
func (s span) level() pressure.Level {
	highest := pressure.None
	for _, m := range s.moments {
		highest = max(highest, m.Level)
	}
	return highest
}

// shape is the area below the values, which are 0 to 1, and the line above it.
func shape(spans []span, x func(time.Duration) float64, value func(span) float64) func(base float64) (area, line string) {
	return func(base float64) (area, line string) {
		var b strings.Builder
		for i, s := range spans {
			verb := "L"
			if i == 0 {
				verb = "M"
			}
			y := base - stripHeight*min(1, max(0, value(s)))
			fmt.Fprintf(&b, "%s%.1f %.1fH%.1f", verb, x(s.from), y, x(s.to))
		}
		return fmt.Sprintf("%sV%.1fH%.1fZ", b.String(), base, flowLeft), b.String()
	}
}

// timeTicks are a few round times up to end.
func timeTicks(end time.Duration, x func(time.Duration) float64) (ticks []mark, unit string) {
	name, scale := plot.Seconds.Of(end.Seconds())
	top := end.Seconds() / scale
	step := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range []float64{0.1, 0.2, 0.25, 0.5, 1} {
		if top/(m*step) <= 6 {
			step *= m
			break
		}
	}
	for v := 0.0; v <= top*1.0001; v += step {
		ticks = append(ticks, mark{x(time.Duration(v * scale * 1e9)), fmt.Sprintf("%g", math.Round(v*1e3)/1e3)})
	}
	return ticks, name
}
