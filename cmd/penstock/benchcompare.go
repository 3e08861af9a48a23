package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/penstock-go/penstock/bench"
)

// baseline is the figures of another day.
type baseline struct {
	file  string // empty for none
	limit percentFlag
	was   *bench.Report
}

// load reads them.
func (b *baseline) load() error {
	b.was = &bench.Report{}
	if b.file == "" {
		return nil
	}
	f, err := os.Open(b.file)
	if err != nil {
		return fatal(fmt.Errorf("--compare %s: %w", quoted(b.file), reading.on(err)))
	}
	defer f.Close()
	b.was, err = bench.Decode(f)
	if errors.Is(err, bench.ErrNoReport) {
		return usage("--compare %s: it is not, or not all of, what penstock bench --save writes: %s",
			quoted(b.file), sentence(strings.TrimPrefix(err.Error(), bench.ErrNoReport.Error()+": ")))
	}
	if err != nil {
		return fatal(fmt.Errorf("--compare %s: %w", quoted(b.file), reading.on(err)))
	}
	return nil
}

// matches refuses figures of which none is of these variants.
func (b *baseline) matches(variants []bench.Variant) error {
	if b.file == "" {
		return nil
	}
	for _, r := range b.was.Results {
		same := func(v bench.Variant) bool { return v.Name == r.Name }
		if len(r.Runs) > 0 && slices.ContainsFunc(variants, same) {
			return nil
		}
	}
	return usage("--compare %s has figures of no combination that is measured now; it was: %s", quoted(b.file), sentence(b.was.Command))
}

// String is the figures' file and time.
func (b *baseline) String() string {
	return fmt.Sprintf("%s of %s", quoted(b.file), b.was.Began.Local().Format("2006-01-02 15:04"))
}

// isSlower reports whether a change is past the limit, if there is one.
func (b *baseline) isSlower(c bench.Change) bool { return b.limit.given && c.IsSlower(b.limit.part) }

// verdict is what the command ends with.
func (b *baseline) verdict(changes []bench.Change) error {
	n := 0
	for _, c := range changes {
		if b.isSlower(c) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return &codeError{exitMismatch, fmt.Errorf("%d of %s slower by more than %s than in %s",
		n, plural(int64(len(changes)), "combination"), &b.limit, quoted(b.file))}
}

// printChanges prints what has changed, in percent, and what half of the pairs of runs
// lie between.
func (b *baseline) printChanges(w io.Writer, changes []bench.Change) error {
	var s strings.Builder
	fmt.Fprintf(&s, "\nCompared with %s:\n\n", b)
	width := 0
	for _, c := range changes {
		width = max(width, len(c.Name))
	}
	for _, c := range changes {
		mark := ""
		if b.isSlower(c) {
			mark = "  slower"
		}
		fmt.Fprintf(&s, "  %-*s  %10s/s -> %10s/s  %s%s\n", width, c.Name,
			bytesText(c.Before.Median), bytesText(c.After.Median), c, mark)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// changeLine is a change as JSON.
type changeLine struct {
	Type   string  `json:"type"` // "change"
	Name   string  `json:"name"`
	Before float64 `json:"before_bytes_per_second"`
	After  float64 `json:"after_bytes_per_second"`
	Change float64 `json:"change"` // a part of what was; negative where it is slower
	Low    float64 `json:"low"`    // what half of the pairs of runs lie between
	High   float64 `json:"high"`
	Slower bool    `json:"slower"` // past the limit
}

func (b *baseline) line(c bench.Change) changeLine {
	return changeLine{
		"change", c.Name, c.Before.Median, c.After.Median, c.Change.Median, c.Change.Low, c.Change.High, b.isSlower(c),
	}
}
