package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// listFlag is a flag that takes several values of one kind, with commas between
// them, or by being repeated. The first that is given takes the place of those that
// it has by itself.
type listFlag[F pflag.Value] struct {
	values []F
	one    func() F // a value to be set
	given  bool
}

func (f *listFlag[F]) String() string {
	words := make([]string, len(f.values))
	for i, v := range f.values {
		words[i] = v.String()
	}
	return strings.Join(words, ",")
}

func (f *listFlag[F]) Type() string {
	if f.one == nil { // cobra asks the zero value
		return "LIST"
	}
	return f.one().Type() + ",..."
}

func (f *listFlag[F]) Set(s string) error {
	if !f.given {
		f.values, f.given = nil, true
	}
	for word := range strings.SplitSeq(s, ",") {
		v := f.one()
		if err := v.Set(word); err != nil {
			return fmt.Errorf("%q: %w", word, err)
		}
		if !slices.ContainsFunc(f.values, func(known F) bool { return known.String() == v.String() }) {
			f.values = append(f.values, v)
		}
	}
	return nil
}

// durationFlag is a flag that takes a time between two bounds.
type durationFlag struct {
	time.Duration
	min, max time.Duration
	example  string
}

func (f *durationFlag) String() string { return round(f.Duration) }

func (f *durationFlag) Type() string { return "TIME" }

func (f *durationFlag) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < f.min || d > f.max {
		return fmt.Errorf("must be a time between %s and %s; for example %s", round(f.min), round(f.max), f.example)
	}
	f.Duration = d
	return nil
}

// round is a duration without the zeros that stand behind its minutes and hours.
func round(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// percentFlag is a flag that takes a part of something, in percent, or none.
type percentFlag struct {
	part    float64
	given   bool
	example string
}

func (f *percentFlag) String() string {
	if !f.given {
		return ""
	}
	return fmt.Sprintf("%g%%", 100*f.part)
}

func (f *percentFlag) Type() string { return "PERCENT" }

func (f *percentFlag) Set(s string) error {
	number := strings.TrimSuffix(s, "%")
	percent, err := strconv.ParseFloat(number, 64) // which takes inf and 0x1 as well
	if err != nil || strings.Trim(number, "0123456789.") != "" || percent > 100 {
		return fmt.Errorf("must be a number of percent between 0 and 100; for example %s", f.example)
	}
	f.part, f.given = percent/100, true
	return nil
}
