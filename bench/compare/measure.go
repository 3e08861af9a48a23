package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// sample is one finished process.
type sample struct {
	wall time.Duration
	rss  int64 // peak, bytes; zero where the system does not say
}

// oneRun as the first argument makes this program run one command and print what it
// took. A process's peak memory begins at that of whoever started it, so the measured
// ones are started by a process that holds nothing.
const oneRun = "-one"

// one runs a command with its output in a file and prints its nanoseconds and its peak
// memory.
func one(args []string) error {
	out, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	fmt.Println(int64(time.Since(began)), peakRSS(cmd.ProcessState))
	return nil
}

// run runs a command whose output nobody wants, unless it fails.
func run(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// measuring is the runs of a job.
type measuring struct {
	job
	dir string // where the runs leave what they make
}

// timed runs p once, and returns its digests where they are wanted.
func (m measuring) timed(ctx context.Context, p program, wanted bool) (s sample, digests string, err error) {
	at := place{filepath.Join(m.dir, "run")}
	if err := errors.Join(os.RemoveAll(at.dir), os.MkdirAll(at.dir, 0o700)); err != nil {
		return s, "", err
	}
	defer func() { err = errors.Join(err, settle(m.dir, at)) }()
	if p.before != nil {
		if err := p.before(ctx, at); err != nil {
			return s, "", fmt.Errorf("prepare %s: %w", p.name, err)
		}
	}
	// Some programs drop what they have read from the page cache: after `rclone hashsum`
	// no page of a small file is left, and whoever came next would be measured with a
	// cold one.
	if err := warm(m.path); err != nil {
		return s, "", err
	}
	out := at.path("stdout")
	if err := os.WriteFile(out, nil, 0o600); err != nil {
		return s, "", err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{oneRun, out}, p.args(at)...)...)
	cmd.Stderr = &said
	took, err := cmd.Output()
	if err != nil {
		return s, "", fmt.Errorf("%s: %w: %s", p.name, err, bytes.TrimSpace(said.Bytes()))
	}
	if _, err := fmt.Sscan(string(took), (*int64)(&s.wall), &s.rss); err != nil {
		return s, "", fmt.Errorf("%s: read %q: %w", p.name, took, err)
	}
	switch {
	case !wanted:
	case p.result != nil:
		digests, err = p.result(at)
	default:
		digests, err = digestsOf(out)
	}
	return s, digests, err
}

// settle removes what a run has made, and waits until the storage has done what it was
// given to do, so that the next run does not wait for it.
func settle(dir string, at place) error {
	if err := os.RemoveAll(at.dir); err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFilesystem(f)
}

// pairs runs both in turn, one of them first in every other pair, after one run of each
// that warms up and shows that their digests agree.
func (m measuring) pairs(ctx context.Context, other program, n int) (ours, theirs []sample, err error) {
	for i := range n + 1 {
		both := []program{m.ours, other}
		first := i % 2
		var samples [2]sample
		var digests [2]string
		for _, k := range []int{first, 1 - first} {
			if samples[k], digests[k], err = m.timed(ctx, both[k], i == 0); err != nil {
				return nil, nil, err
			}
		}
		if i > 0 {
			ours, theirs = append(ours, samples[0]), append(theirs, samples[1])
			continue
		}
		if digests[0] == "" || digests[0] != digests[1] {
			return nil, nil, fmt.Errorf("%s and %s come to different digests, or none", m.ours.name, other.name)
		}
	}
	return ours, theirs, nil
}
