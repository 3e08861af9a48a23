package plot

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Unit writes numbers on an axis.
type Unit struct {
	// Name of the unit that the values of an axis which reaches to top are written in,
	// and how many of the values' own it is.
	Of func(top float64) (name string, scale float64)
	// base is what its round numbers are powers of.
	base float64
}

// The units.
var (
	Plain = Unit{func(float64) (string, float64) { return "", 1 }, 10}
	// Bytes are of powers of 1024.
	Bytes = Unit{func(top float64) (string, float64) { return prefixed(top, "B") }, 2}
	// Rate is of bytes a second.
	Rate = Unit{func(top float64) (string, float64) { return prefixed(top, "B/s") }, 2}
	// Seconds are from nanoseconds on.
	Seconds = Unit{timed, 10}
)

func prefixed(top float64, unit string) (name string, scale float64) {
	const prefixes = "KMGTPE"
	scale = 1
	for i := -1; ; i++ {
		if top < 1024*scale || i == len(prefixes)-1 {
			if i < 0 {
				return unit, 1
			}
			return prefixes[i:i+1] + "i" + unit, scale
		}
		scale *= 1024
	}
}

func timed(top float64) (name string, scale float64) {
	for _, u := range []struct {
		name  string
		scale float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if top >= u.scale {
			return u.name, u.scale
		}
	}
	return "ns", 1e-9
}

// Text is a value with its unit and three digits.
func (u Unit) Text(v float64) string {
	name, scale := u.Of(v)
	n := v / scale
	whole := math.Abs(n-math.Round(n)) < 1e-9
	digits := 2
	switch {
	case whole, n >= 99.95:
		digits = 0
	case n >= 9.995:
		digits = 1
	}
	if name == "" {
		return grouped(fmt.Sprintf("%.*f", digits, n))
	}
	return fmt.Sprintf("%.*f %s", digits, n, name)
}

// grouped is a number with commas between its thousands.
func grouped(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return whole
}

// Duration is d as [Seconds] write it.
func Duration(d time.Duration) string { return Seconds.Text(d.Seconds()) }

// Axis is one of the two of a plot.
type Axis struct {
	Name     string // what is measured along it; may be empty
	min, max float64
	log      bool
	unit     string // that the ticks are in; empty where each bears its own
	ticks    []tick
}

// tick is a place on an axis that bears a number.
type tick struct {
	at   float64
	text string
}

// Linear is an axis from 0 to at least top, with round numbers.
func Linear(top float64, u Unit) Axis {
	if top <= 0 || math.IsNaN(top) || math.IsInf(top, 0) {
		top = 1
	}
	name, scale := u.Of(top)
	step := roundStep(top / scale / 4)
	a := Axis{unit: name}
	for i := 0; ; i++ {
		v := float64(i) * step
		a.ticks = append(a.ticks, tick{v * scale, fmt.Sprintf("%g", math.Round(v*1e6)/1e6)})
		if v*scale >= top {
			a.max = v * scale
			return a
		}
	}
}

// roundStep is the smallest of 1, 2, 5 and their tenfolds that is no less than v.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// mostTicks is how many a logarithmic axis has at most.
const mostTicks = 7

// Log is a logarithmic axis over the values, which are above 0, with round numbers: 10
// and its powers, or where they are bytes 2 and its.
func Log(values []float64, u Unit) Axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		low, high = 1, u.base
	}
	from := math.Floor(math.Log(low)/math.Log(u.base) + 1e-9)
	to := math.Ceil(math.Log(high)/math.Log(u.base) - 1e-9)
	to = max(to, from+1)
	a := Axis{log: true, min: math.Pow(u.base, from), max: math.Pow(u.base, to)}
	every := math.Ceil((to - from) / (mostTicks - 1))
	for p := from; p <= to; p += every {
		v := math.Pow(u.base, p)
		a.ticks = append(a.ticks, tick{v, u.Text(v)})
	}
	return a
}

// Steps is an axis with these values, which are what was measured, at distances as
// those of their logarithms. Values that are 0 have no number and stand before the
// others, by the name that they have.
func Steps(values []float64, name func(float64) string) Axis {
	a := Axis{log: true, min: math.Inf(1), max: math.Inf(-1)}
	for _, v := range values {
		if v > 0 {
			a.min, a.max = min(a.min, v), max(a.max, v)
		}
	}
	if a.min > a.max {
		a.min, a.max = 1, 1
	}
	low := a.min
	for _, v := range values {
		if v <= 0 {
			// As far before the others as a quarter of all, and no nearer than one doubling.
			a.min = low / max(2, math.Pow(a.max/low, 0.25))
		}
	}
	for _, v := range values {
		at := v
		if v <= 0 {
			at = a.min
		}
		a.ticks = append(a.ticks, tick{at, name(v)})
	}
	return a
}

// part is where a value lies, 0 to 1.
func (a Axis) part(v float64) float64 {
	low, high := a.min, a.max
	if a.log {
		low, high, v = math.Log(low), math.Log(high), math.Log(max(v, a.min))
	}
	if high == low {
		return 0.5
	}
	return min(1, max(0, (v-low)/(high-low)))
}
