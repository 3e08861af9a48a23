package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// suite is what the trials of a case share: where they work, and with which build.
type suite struct {
	size
	seed   uint64
	dir    string // everything is made in it
	module string // the module's own directory
	penstock
	originals map[string]*original // not those of another case, which may change them
	only      string               // of a case the trials whose name holds this
	quiet     bool                 // faults are wanted, and not told
}

// penstock is a build of the command.
type penstock struct {
	shipped string // as users have it
	points  string // with crash points
}

func newSuite(ctx context.Context, size size, seed uint64) (*suite, error) {
	dir, err := os.MkdirTemp("", "penstock-survive-")
	if err != nil {
		return nil, err
	}
	s := &suite{size: size, seed: seed, dir: dir}
	out, err := goTool(ctx, ".", "list", "-f", "{{.Module.Dir}}", command)
	if err == nil {
		s.module = strings.TrimSpace(out)
		s.penstock = s.builds("sound")
		err = errors.Join(s.build(ctx, asShipped, ""), s.build(ctx, withPoints, ""))
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *suite) close() { _ = os.RemoveAll(s.dir) }

const command = "github.com/penstock-go/penstock/cmd/penstock"

// apart is the suite of a case, which works beside others.
func (s *suite) apart(name string) (*suite, error) {
	own := *s
	own.dir, own.originals = filepath.Join(s.dir, name), map[string]*original{}
	return &own, os.Mkdir(own.dir, 0o700)
}

// builds are where the two builds of the command go.
func (s *suite) builds(name string) penstock {
	return penstock{shipped: filepath.Join(s.dir, "bin", name), points: filepath.Join(s.dir, "bin", name+"-points")}
}

// The tags of the two builds.
const (
	asShipped  = ""
	withPoints = "crashpoints"
)

// build compiles the command with the files that overlay replaces, if any.
func (s *suite) build(ctx context.Context, tags, overlay string) error {
	to := s.shipped
	if tags == withPoints {
		to = s.points
	}
	_, err := goTool(ctx, s.module, "build", "-overlay", overlay, "-tags", tags, "-o", to, command)
	return err
}

// goTool runs the go command, and returns what it prints.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// wants reports whether the trial is one that is to be made.
func (s *suite) wants(trial string) bool { return strings.Contains(trial, s.only) }

// fault tells what went wrong in a trial, and how to make it again.
func (s *suite) fault(trial string, err error) {
	if !s.quiet {
		fmt.Fprintf(os.Stderr, "survive: seed %d: %s: %v\n", s.seed, trial, err)
	}
}
