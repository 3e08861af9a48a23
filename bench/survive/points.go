package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-go/penstock/bench/proof"
)

// The variables that a build with crash points reads; package disk says what they mean.
const (
	crashAt    = "PENSTOCK_CRASH_AT="
	crashNth   = "PENSTOCK_CRASH_NTH="
	crashTrace = "PENSTOCK_CRASH_TRACE="
)

// point is where a process dies: the nth of those that have the name.
type point struct {
	name string // with a * for what chance has made
	nth  int
}

func (p point) String() string { return fmt.Sprintf("%s #%d", p.name, p.nth) }

func (p point) env() []string { return []string{crashAt + p.name, crashNth + strconv.Itoa(p.nth)} }

// chance is what differs from run to run in the names of files.
var chance = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\.penstock-[A-Za-z0-9-]+\.tmp`), ".penstock-*.tmp"},
	{regexp.MustCompile(`\.[A-Z0-9]{26}\.tmp`), ".*.tmp"},
	{regexp.MustCompile(`[0-9a-f]{12,64}\.`), "*."},
	{regexp.MustCompile(`small-\d+`), "small-*"},
}

// class is a name with a * for what chance has made.
func class(name string) string {
	for _, c := range chance {
		name = c.pattern.ReplaceAllString(name, c.by)
	}
	return name
}

// points lets the process die at every point, and runs it again.
func points(ctx context.Context, s *suite) ([]proof.Row, error) {
	var rows []proof.Row
	for _, c := range []struct {
		verb string
		kind kind
	}{
		{verbCopy, empty},
		{verbCopy, oneMore},
		{verbCopy, inChunks},
		{verbCopy, smallTree},
		{verbSum, empty},
		{verbSum, oneMore},
		{verbSum, inChunks},
	} {
		of, err := s.original(c.kind)
		if err != nil {
			return nil, err
		}
		more, err := s.allPoints(ctx, c.verb, of)
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func (s *suite) allPoints(ctx context.Context, verb string, of *original) ([]proof.Row, error) {
	passed, err := s.passed(ctx, verb, of)
	if err != nil {
		return nil, err
	}
	var t tally
	reached := map[string]bool{}
	for _, p := range s.choose(passed, of) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		died, err := s.die(ctx, verb, of, p, &t)
		if died {
			reached[p.name] = true
		}
		if err != nil {
			s.fault(fmt.Sprintf("points, %s of %s, %v", verb, of.name, p), err)
		}
	}
	what := fmt.Sprintf("%s of %s: dies at %d points", verb, of.name, t.trials)
	return []proof.Row{
		{
			What: what, Wanted: "every name of a point", Met: len(reached) == len(passed),
			Measured: fmt.Sprintf("%d of %d", len(reached), len(passed)),
		},
		{
			What: what, Wanted: "the same command again: every byte and every digest right",
			Measured: fmt.Sprintf("%d of %d", t.right, t.trials), Met: t.right == t.trials,
		},
		t.leftovers(what),
	}, nil
}

// passed counts the points of each name. Where not every one is tried, those of a file
// with checkpoints are left out that a small one has as often.
func (s *suite) passed(ctx context.Context, verb string, of *original) (map[string]int, error) {
	passed, err := s.trace(ctx, verb, of)
	if err != nil || s.every || of.name != inChunks.name {
		return passed, err
	}
	small, err := s.original(oneMore)
	if err != nil {
		return nil, err
	}
	before, err := s.trace(ctx, verb, small)
	maps.DeleteFunc(passed, func(name string, n int) bool { return n <= before[name] })
	return passed, err
}

// trace lets the job pass all points, and counts those of each name.
func (s *suite) trace(ctx context.Context, verb string, of *original) (map[string]int, error) {
	in, err := s.place()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.dir, "trace")
	defer func() { _ = os.Remove(file) }()
	j := job{binary: s.points, verb: verb, of: of, in: in, env: []string{crashTrace + file}}
	e, err := j.run(ctx)
	if err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err != nil {
		return nil, fmt.Errorf("%s of %s, undisturbed: %w", verb, of.name, err)
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	passed := map[string]int{}
	for line := range strings.Lines(string(lines)) {
		passed[class(strings.TrimSuffix(line, "\n"))]++
	}
	return passed, nil
}

// choose takes every point, or one of each name.
func (s *suite) choose(passed map[string]int, of *original) []point {
	random := rand.New(rand.NewPCG(s.seed, uint64(of.bytes)))
	var chosen []point
	for _, name := range slices.Sorted(maps.Keys(passed)) {
		if !s.every {
			chosen = append(chosen, point{name, 1 + random.IntN(passed[name])})
			continue
		}
		for nth := range passed[name] {
			chosen = append(chosen, point{name, nth + 1})
		}
	}
	return chosen
}

// die is one trial. It reports whether the process got to the point: how many chunks
// there are, and with them how many writes, is not the same in every run.
func (s *suite) die(ctx context.Context, verb string, of *original, p point, t *tally) (died bool, err error) {
	in, err := s.place()
	if err != nil {
		return false, err
	}
	j := job{binary: s.points, verb: verb, of: of, in: in, env: p.env()}
	e, err := j.run(ctx)
	if err != nil {
		return false, err
	}
	if !e.killed() {
		if p.nth > 1 {
			return s.die(ctx, verb, of, point{p.name, p.nth / 2}, t)
		}
		return false, fmt.Errorf("it did not come there: %w", e.wants(-1))
	}
	t.trials++
	if err := j.partly(); err != nil {
		return true, fmt.Errorf("under a final name: %w", err)
	}
	j.env = nil
	return true, j.recover(ctx, rand.New(rand.NewPCG(s.seed, uint64(t.trials))), t)
}
