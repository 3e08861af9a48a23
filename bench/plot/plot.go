package plot

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Plot is a line chart.
type Plot struct {
	Title string // for those who do not see it
	X, Y  Axis
	Lines []Line
}

// Line is a series of points. Its colour is that of its place among the lines.
type Line struct {
	Name   string // stands at its end
	Points []Point
}

// Point is one of a line. A point without an X, one that is 0 on an axis of [Steps],
// stands by itself.
type Point struct {
	X, Y      float64
	Low, High float64 // of Y; both 0 for none
	Note      string  // shown when it is pointed at
	Mark      string  // shown beside it, which then stands out
}

// The size of a plot, in units that are pixels where it is as wide as a telephone.
const (
	width  = 340.0
	height = 216.0

	left, top, bottom = 48.0, 24.0, 34.0
	right             = 32.0
	// forNames is what is free for the names at the ends of lines.
	forNames = 72.0
	// textHeight is how far apart two of them are.
	textHeight = 12.0
)

// scaled is a plot with its values as places.
type scaled struct {
	Title          string
	Width, Height  float64
	Left, Right    float64
	Top, Bottom    float64
	XName, YName   string
	Unit           string
	XTicks, YTicks []mark
	Lines          []scaledLine
	Style          template.CSS // empty within a page
}

type mark struct {
	At   float64
	Text string
}

type scaledLine struct {
	Class  int
	Path   string
	Dots   []dot
	Name   string
	NameX  float64
	NameY  float64
	Leader bool // from the line's end to its name, which is elsewhere
	EndX   float64
	EndY   float64
}

type dot struct {
	X, Y, Low, High float64
	HasRange        bool
	Note, Mark      string
	Anchor          string
}

// classes is how many colours there are for lines.
const classes = 5

//go:embed plot.svg.tmpl
var source string

var drawing = template.Must(template.New("plot").Funcs(template.FuncMap{"n": number}).Parse(source))

// number is a place, to a tenth of a pixel.
func number(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// SVG is the plot as an element of a page, which has the colours: it uses the classes
// grid, axis, line, dot, range, name, mark, and c0 to c4 for the lines.
func (p Plot) SVG() (template.HTML, error) {
	var b bytes.Buffer
	if err := drawing.Execute(&b, p.scale()); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // a template has escaped what is in it
}

//go:embed plot.css
var style string

// Write writes the plot as a file of its own.
func (p Plot) Write(w io.Writer) error {
	s := p.scale()
	s.Style = template.CSS(style) //nolint:gosec // it is ours
	return drawing.Execute(w, s)
}

func (p Plot) scale() scaled {
	s := scaled{
		Title: p.Title, Width: width, Height: height, Left: left, Right: width - right,
		Top: top, Bottom: height - bottom, XName: p.X.Name, YName: p.Y.Name, Unit: p.Y.unit,
	}
	if slices.ContainsFunc(p.Lines, func(l Line) bool { return l.Name != "" }) {
		s.Right -= forNames - right
	}
	if p.X.Name == "" {
		s.XName = p.X.unit
	} else if p.X.unit != "" {
		s.XName += ", " + p.X.unit
	}
	x := func(v float64) float64 { return s.Left + (s.Right-s.Left)*p.X.part(v) }
	y := func(v float64) float64 { return s.Bottom - (s.Bottom-s.Top)*p.Y.part(v) }
	last := math.Inf(-1)
	for _, t := range p.X.ticks {
		m := mark{x(t.at), t.text}
		if m.At-last < 6.3*float64(len(t.text)) { // it would touch the one before
			m.Text = ""
		} else {
			last = m.At
		}
		s.XTicks = append(s.XTicks, m)
	}
	for _, t := range p.Y.ticks {
		s.YTicks = append(s.YTicks, mark{y(t.at), t.text})
	}
	for i, l := range p.Lines {
		s.Lines = append(s.Lines, l.scale(i, x, y, s.Right))
	}
	spreadNames(s.Lines, s.Top, s.Bottom)
	return s
}

func (l Line) scale(i int, x, y func(float64) float64, end float64) scaledLine {
	s := scaledLine{Class: i % classes, Name: l.Name}
	var path strings.Builder
	for _, p := range l.Points {
		d := dot{X: x(p.X), Y: y(p.Y), Note: p.Note, Mark: p.Mark, Anchor: "middle"}
		if d.HasRange = p.High > p.Low; d.HasRange {
			d.Low, d.High = y(p.Low), y(p.High)
		}
		if d.X > end-40 {
			d.Anchor = "end"
		}
		if d.X < left+40 {
			d.Anchor = "start"
		}
		s.Dots = append(s.Dots, d)
		if p.X > 0 {
			verb := "L"
			if path.Len() == 0 {
				verb = "M"
			}
			path.WriteString(verb + number(d.X) + " " + number(d.Y))
		}
		s.EndX, s.EndY = d.X, d.Y
	}
	s.Path = path.String()
	s.NameX, s.NameY = s.EndX+8, s.EndY
	return s
}

// spreadNames moves the names at the ends of lines so far apart that each is read, and
// as little as that takes.
func spreadNames(lines []scaledLine, top, bottom float64) {
	var named []*scaledLine
	for i := range lines {
		if lines[i].Name != "" && len(lines[i].Dots) > 0 {
			named = append(named, &lines[i])
		}
	}
	slices.SortStableFunc(named, func(a, b *scaledLine) int { return cmp.Compare(a.EndY, b.EndY) })
	for i := 1; i < len(named); i++ {
		named[i].NameY = max(named[i].NameY, named[i-1].NameY+textHeight)
	}
	floor := bottom
	for _, l := range slices.Backward(named) {
		l.NameY = min(l.NameY, floor)
		floor = l.NameY - textHeight
	}
	for _, l := range named {
		l.NameY = max(l.NameY, top-textHeight)
		l.Leader = math.Abs(l.NameY-l.EndY) > 3
		if l.Leader {
			l.NameX = l.EndX + 14
		}
	}
}
