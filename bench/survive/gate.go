package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/penstock-go/penstock/bench/proof"
)

// gate breaks the code, a build for each mistake, and requires of tests and cases that
// they notice.
func gate(ctx context.Context, s *suite) ([]proof.Row, error) {
	var rows []proof.Row
	g := breaking{suite: s, sound: map[string]map[string]bool{}}
	for _, b := range breakages {
		r, err := g.try(ctx, b)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", b.what, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// breaking is the gate at work.
type breaking struct {
	*suite
	sound map[string]map[string]bool // which rows of a case the code as it is meets
}

// try builds the breakage and runs the checks until one has caught it.
func (g *breaking) try(ctx context.Context, b breakage) (proof.Row, error) {
	r := proof.Row{What: "broken build: " + b.what, Wanted: "caught"}
	overlay, err := g.overlay(b)
	if err != nil {
		return r, err
	}
	var missed, skipped []string
	for _, c := range b.by {
		v, err := c.run(ctx, g, overlay)
		switch {
		case err != nil:
			return r, err
		case v.caught != "":
			r.Measured, r.Met = "by "+v.caught, true
			return r, nil
		case v.skipped != "":
			skipped = append(skipped, c.name+", which "+v.skipped)
		default:
			missed = append(missed, c.name)
		}
	}
	if len(missed) == 0 {
		r.Skipped = "only by " + strings.Join(skipped, "; ")
		return r, nil
	}
	r.Measured = "not by " + strings.Join(append(missed, skipped...), ", ")
	return r, nil
}

// overlay writes what go build -overlay takes: the module with one file replaced.
func (g *breaking) overlay(b breakage) (string, error) {
	path := filepath.Join(g.module, filepath.FromSlash(b.file))
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(source, []byte(b.old)); n != 1 {
		return "", fmt.Errorf("what it edits stands in %s %d times, and not once; mend it in bench/survive/broken.go", b.file, n)
	}
	edited := filepath.Join(g.dir, "edited.go")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {path: edited}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(g.dir, "overlay.json")
	return overlay, errors.Join(
		os.WriteFile(edited, bytes.Replace(source, []byte(b.old), []byte(b.now), 1), 0o600),
		os.WriteFile(overlay, replaced, 0o600))
}

// check may catch a broken build.
type check struct {
	name string
	run  func(ctx context.Context, g *breaking, overlay string) (verdict, error)
}

// verdict is what a check says of a build. All empty, it has noticed nothing.
type verdict struct{ caught, skipped string }

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// tests are those of a package that one is the name of, or its beginning.
func tests(pkg, name string) check {
	return check{name: name + " of " + pkg, run: func(ctx context.Context, g *breaking, overlay string) (verdict, error) {
		out, err := goTool(ctx, g.module, "test", "-failfast", "-vet=off", "-ldflags=-w", "-overlay", overlay, "-run", "^"+name, pkg)
		if failed := failedTest.FindStringSubmatch(out); err != nil && failed != nil {
			return verdict{caught: failed[1] + " of " + pkg}, nil
		}
		return verdict{}, err
	}}
}

// trials is a case of this program.
type trials func(context.Context, *suite) ([]proof.Row, error)

// byCase are the trials of a case whose name holds only, in small, with the build that
// they need. What they do not reach with the code as it is catches nothing.
func byCase(run trials, only, tags string) check {
	return check{name: "the trials " + only, run: func(ctx context.Context, g *breaking, overlay string) (verdict, error) {
		small := *g.suite
		small.size, small.only, small.quiet = quick, only, true
		if err := g.baseline(ctx, only, run, small); err != nil {
			return verdict{}, err
		}
		small.penstock = g.builds("broken")
		if err := small.build(ctx, tags, overlay); err != nil {
			return verdict{}, err
		}
		rows, err := run(ctx, &small)
		if err != nil {
			return verdict{caught: fmt.Sprintf("%q, which cannot be tried any more", only)}, nil //nolint:nilerr // it works with the code as it is
		}
		for _, r := range rows {
			switch {
			case r.Skipped != "":
				return verdict{skipped: "did not run: " + r.Skipped}, nil
			case !r.Met && g.sound[only][keyOf(r)]:
				return verdict{caught: fmt.Sprintf("%q (%s)", r.What, r.Wanted)}, nil
			}
		}
		return verdict{}, nil
	}}
}

// keyOf is the same for the same row of another run.
func keyOf(r proof.Row) string { return r.What + "|" + r.Wanted }

// baseline finds out what the trials come to with the code as it is.
func (g *breaking) baseline(ctx context.Context, name string, run trials, s suite) error {
	if g.sound[name] != nil {
		return nil
	}
	rows, err := run(ctx, &s)
	if err != nil {
		return err
	}
	g.sound[name] = map[string]bool{}
	for _, r := range rows {
		g.sound[name][keyOf(r)] = r.Met
	}
	return nil
}
