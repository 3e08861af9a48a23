package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/bench/plot"
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		unit  plot.Unit
		value float64
		want  string
	}{
		{plot.Bytes, 0, "0 B"},
		{plot.Bytes, 1023, "1023 B"},
		{plot.Bytes, 1024, "1 KiB"},
		{plot.Bytes, 1.5 * (1 << 20), "1.50 MiB"},
		{plot.Bytes, 1000 << 20, "1000 MiB"},
		{plot.Rate, 12.34 * (1 << 30), "12.3 GiB/s"},
		{plot.Rate, 123.4 * (1 << 20), "123 MiB/s"},
		{plot.Seconds, 1e-5, "10 µs"},
		{plot.Seconds, 0.00123, "1.23 ms"},
		{plot.Seconds, 59.9, "59.9 s"},
		{plot.Seconds, 5e-8, "50 ns"},
		{plot.Plain, 1e6, "1,000,000"},
		{plot.Plain, 999, "999"},
		{plot.Plain, 1234.5, "1,234"},
		{plot.Plain, 2.5, "2.50"},
	} {
		require.Equal(t, test.want, test.unit.Text(test.value))
	}
}

// elements reads the drawing as XML, and returns what the attributes of its elements are.
func elements(t require.TestingT, svg string) []xml.StartElement {
	var all []xml.StartElement
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err, svg)
		if start, ok := token.(xml.StartElement); ok {
			all = append(all, start.Copy())
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// texts are those of the drawing that match, in their order.
func texts(svg, match string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`>([^<]*`+match+`[^<]*)</text>`).FindAllStringSubmatch(svg, -1) {
		list = append(list, m[1])
	}
	return list
}

func draw(t require.TestingT, p plot.Plot) string {
	svg, err := p.SVG()
	require.NoError(t, err)
	return string(svg)
}

func TestLinearAxisIsRound(t *testing.T) {
	for _, test := range []struct {
		top  float64
		unit plot.Unit
		want string
	}{
		{0, plot.Rate, "0 0.5 1 B/s"},
		{1, plot.Plain, "0 0.5 1 "},
		{3.9 * (1 << 30), plot.Rate, "0 1 2 3 4 GiB/s"},
		{350 << 20, plot.Rate, "0 100 200 300 400 MiB/s"},
		{1010 << 20, plot.Rate, "0 500 1000 1500 MiB/s"},
		{0.033, plot.Seconds, "0 10 20 30 40 ms"},
		{math.NaN(), plot.Rate, "0 0.5 1 B/s"},
		{math.Inf(1), plot.Rate, "0 0.5 1 B/s"},
	} {
		svg := draw(t, plot.Plot{X: plot.Linear(1, plot.Plain), Y: plot.Linear(test.top, test.unit)})
		var got []string
		for _, m := range regexp.MustCompile(`text-anchor="end">([^<]*)<`).FindAllStringSubmatch(svg, -1) {
			got = append(got, m[1])
		}
		require.Equal(t, test.want+" ", strings.Join(got, " "))
	}
}

func TestLogAxis(t *testing.T) {
	for _, test := range []struct {
		values []float64
		unit   plot.Unit
		want   []string
	}{
		{[]float64{1 << 20, 100 << 30}, plot.Bytes, []string{"1 MiB", "8 MiB", "64 MiB", "512 MiB", "4 GiB", "32 GiB"}},
		{[]float64{1e3, 1e6}, plot.Plain, []string{"1,000", "10,000", "100,000", "1,000,000"}},
		{[]float64{0.0023}, plot.Seconds, []string{"1 ms", "10 ms"}},
		{[]float64{10}, plot.Plain, []string{"10", "100"}},
		{nil, plot.Plain, []string{"1", "10"}},
		{[]float64{0, -1}, plot.Plain, []string{"1", "10"}},
	} {
		svg := draw(t, plot.Plot{X: plot.Log(test.values, test.unit), Y: plot.Linear(0.5, plot.Plain)})
		var got []string
		for _, m := range regexp.MustCompile(`text-anchor="middle">([^<]*)<`).FindAllStringSubmatch(svg, -1) {
			got = append(got, m[1])
		}
		require.Equal(t, test.want, got)
	}
}

// Whatever is drawn is XML, without what is no number, and lies within the drawing.
func TestDrawingIsWhole(t *testing.T) {
	value := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-9, 1e15))
	rapid.Check(t, func(rt *rapid.T) {
		var p plot.Plot
		p.Title = rapid.String().Draw(rt, "title")
		p.Title = strings.ToValidUTF8(strings.Map(printable, p.Title), "")
		var xs, ys []float64
		for i := range rapid.IntRange(0, 8).Draw(rt, "lines") {
			l := plot.Line{Name: fmt.Sprint("line ", i)}
			for range rapid.IntRange(0, 5).Draw(rt, "points") {
				point := plot.Point{X: value.Draw(rt, "x"), Y: value.Draw(rt, "y"), Mark: `<&">`, Note: "<b>"}
				point.Low, point.High = point.Y/2, point.Y*2
				xs, ys = append(xs, point.X), append(ys, point.Y)
				l.Points = append(l.Points, point)
			}
			p.Lines = append(p.Lines, l)
		}
		top := 0.0
		for _, y := range ys {
			top = max(top, y)
		}
		p.X, p.Y = plot.Steps(xs, func(v float64) string { return fmt.Sprint(v) }), plot.Linear(top, plot.Rate)
		if rapid.Bool().Draw(rt, "log") {
			p.X, p.Y = plot.Log(xs, plot.Bytes), plot.Log(ys, plot.Seconds)
		}
		svg := draw(rt, p)
		require.NotContains(rt, svg, "NaN")
		require.NotContains(rt, svg, "Inf")
		for _, e := range elements(rt, svg) {
			for _, name := range []string{"x", "y", "x1", "x2", "y1", "y2", "cx", "cy"} {
				if at, err := strconv.ParseFloat(attribute(e, name), 64); err == nil {
					require.GreaterOrEqual(rt, at, 0.0, "%s of %v", name, e)
					require.LessOrEqual(rt, at, 340.0, "%s of %v", name, e)
				}
			}
		}
	})
}

func printable(r rune) rune {
	if r < ' ' || r == 0xfffe || r == 0xffff {
		return -1
	}
	return r
}

// Names at the ends of lines do not lie on each other, and stand in the order of the
// lines.
func TestNamesAreApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := plot.Plot{X: plot.Linear(1, plot.Plain), Y: plot.Linear(1, plot.Plain)}
		n := rapid.IntRange(1, 12).Draw(rt, "lines")
		for i := range n {
			y := rapid.Float64Range(0, 1).Draw(rt, "y")
			p.Lines = append(p.Lines, plot.Line{Name: fmt.Sprint("line ", i), Points: []plot.Point{{X: 1, Y: y}}})
		}
		var at []float64
		for _, e := range elements(rt, draw(rt, p)) {
			if attribute(e, "class") == "name" {
				y, err := strconv.ParseFloat(attribute(e, "y"), 64)
				require.NoError(rt, err)
				for _, other := range at {
					require.GreaterOrEqual(rt, math.Abs(y-other), 11.9)
				}
				at = append(at, y)
			}
		}
		require.Len(rt, at, n)
	})
}

// A point without a number stands by itself, before the line.
func TestPointWithoutANumber(t *testing.T) {
	svg := draw(t, plot.Plot{
		X: plot.Steps([]float64{0, 1 << 16, 1 << 20}, func(v float64) string {
			return map[float64]string{0: "auto", 1 << 16: "64K", 1 << 20: "1M"}[v]
		}),
		Y:     plot.Linear(10, plot.Plain),
		Lines: []plot.Line{{Points: []plot.Point{{X: 0, Y: 5}, {X: 1 << 16, Y: 6}, {X: 1 << 20, Y: 7, Mark: "here"}}}},
	})
	var xs []float64
	for _, e := range elements(t, svg) {
		if attribute(e, "class") == "dot" {
			x, err := strconv.ParseFloat(attribute(e, "cx"), 64)
			require.NoError(t, err)
			xs = append(xs, x)
		}
		if attribute(e, "class") == "line" {
			require.Equal(t, 1, strings.Count(attribute(e, "d"), "L"))
		}
	}
	require.Len(t, xs, 3)
	require.Less(t, xs[0], xs[1])
	require.Equal(t, []string{"auto", "64K", "1M"}, append(append(texts(svg, "auto"), texts(svg, "64K")...), texts(svg, "1M")...))
	require.Equal(t, []string{"here"}, texts(svg, "here"))
}

// Numbers that would touch are left out.
func TestTicksThatTouch(t *testing.T) {
	values := []float64{1000, 1001, 2000}
	svg := draw(t, plot.Plot{X: plot.Steps(values, func(v float64) string { return fmt.Sprint("t", v) }), Y: plot.Linear(1, plot.Plain)})
	require.Equal(t, []string{"t1000", "t2000"}, texts(svg, "t"))
}

// A file of its own has its colours in it.
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, plot.Plot{X: plot.Linear(1, plot.Plain), Y: plot.Linear(1, plot.Plain)}.Write(&b))
	require.Contains(t, b.String(), "prefers-color-scheme: dark")
	require.Contains(t, b.String(), `xmlns="http://www.w3.org/2000/svg"`)
	elements(t, b.String())
}
