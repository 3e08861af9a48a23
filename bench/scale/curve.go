package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/bench/corpus"
	"github.com/penstock-go/penstock/bench/plot"
)

// curve is what grows, and what was measured along it.
type curve struct {
	name, what, each string // the file of its plots, the heads of its table
	per              float64
	unit             plot.Unit
	points           []point
}

// point is one measurement.
type point struct {
	x       float64
	make    func(path string) error
	seconds float64
	rss     int64
}

// ofSizes is over the size of one file.
func ofSizes(s size) curve {
	c := curve{name: "size", what: "file size", each: "seconds a GiB", per: 1 << 30, unit: plot.Bytes}
	for _, bytes := range s.bytes {
		c.points = append(c.points, point{x: float64(bytes), make: func(path string) error { return corpus.Sparse(path, bytes) }})
	}
	return c
}

// ofFiles is over the number of files of 3,000 bytes.
func ofFiles(s size) curve {
	c := curve{name: "files", what: "files", each: "seconds for 100,000", per: 100_000, unit: plot.Plain}
	for _, n := range s.files {
		c.points = append(c.points, point{x: float64(n), make: func(path string) error { return corpus.Names(path, n) }})
	}
	return c
}

func (c curve) label(p point) string { return c.unit.Text(p.x) }

func (c curve) row(p point) string {
	return fmt.Sprintf("| %s | %.2f | %.2f | %s |", c.label(p), p.seconds, p.seconds/p.x*c.per, plot.Bytes.Text(float64(p.rss)))
}

// draw writes the two plots of the curve: the time, both axes logarithmic, so that what
// is linear is a straight line that rises as much as it goes along; and the memory.
func (c curve) draw(dir string) error {
	var xs, seconds []float64
	var time, memory plot.Line
	for _, p := range c.points {
		xs, seconds = append(xs, p.x), append(seconds, p.seconds)
		time.Points = append(time.Points, plot.Point{X: p.x, Y: p.seconds, Note: c.label(p) + ": " + plot.Seconds.Text(p.seconds)})
		memory.Points = append(memory.Points, plot.Point{X: p.x, Y: float64(p.rss), Note: c.label(p) + ": " + plot.Bytes.Text(float64(p.rss))})
	}
	memory.Name = "peak RSS"
	ceiling := plot.Line{Name: "ceiling", Points: []plot.Point{{X: xs[0], Y: allowed}, {X: xs[len(xs)-1], Y: allowed}}}
	x := plot.Log(xs, c.unit)
	x.Name = c.what
	return errors.Join(
		write(filepath.Join(dir, c.name+"-time.svg"), plot.Plot{
			Title: "Time over " + c.what, X: x, Y: named(plot.Log(seconds, plot.Seconds), "time"), Lines: []plot.Line{time},
		}),
		write(filepath.Join(dir, c.name+"-memory.svg"), plot.Plot{
			Title: "Peak memory over " + c.what, X: x, Y: named(plot.Linear(allowed, plot.Bytes), "peak memory"),
			Lines: []plot.Line{memory, ceiling},
		}))
}

func named(a plot.Axis, name string) plot.Axis {
	a.Name = name
	return a
}

func write(path string, p plot.Plot) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(p.Write(f), f.Close())
}
