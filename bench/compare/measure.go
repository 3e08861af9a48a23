package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// sample is one finished process.
type sample struct {
	wall time.Duration
	rss  int64  // peak, bytes; zero where the system does not say
	out  string // its digests, sorted
}

// oneRun as the first argument makes this program run one command and print
// what it took. A process's peak memory begins at that of whoever started it,
// so the measured ones are started by a process that holds nothing.
const oneRun = "-one"

func (p program) run(ctx context.Context) (sample, error) {
	self, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	out, err := os.CreateTemp("", "penstock-bench-out-")
	if err != nil {
		return sample{}, err
	}
	defer func() { _ = os.Remove(out.Name()) }()
	defer out.Close()
	cmd := exec.CommandContext(ctx, self, append([]string{oneRun, out.Name()}, p.args...)...)
	cmd.Stderr = os.Stderr
	took, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", p.name, err)
	}
	var s sample
	if _, err := fmt.Sscan(string(took), (*int64)(&s.wall), &s.rss); err != nil {
		return sample{}, fmt.Errorf("%s: read %q: %w", p.name, took, err)
	}
	s.out, err = digests(out)
	return s, err
}

// one runs a command with its output in a file and prints its nanoseconds and
// its peak memory.
func one(args []string) error {
	out, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), args[1], args[2:]...)
	cmd.Stdout = out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	fmt.Println(int64(time.Since(began)), peakRSS(cmd.ProcessState))
	return nil
}

// run measures the job against every peer that is installed and prints a row
// each.
func (j job) run(ctx context.Context, pairs int, missing map[string]bool) error {
	for _, peer := range j.peers {
		if _, err := exec.LookPath(peer.args[0]); errors.Is(err, exec.ErrNotFound) {
			missing[peer.args[0]] = true
			continue
		}
		ours, theirs, err := j.pairs(ctx, peer, pairs)
		if err != nil {
			return err
		}
		fmt.Println(row(j, peer, ours, theirs))
	}
	return nil
}

// pairs runs both in turn, after one run of each that warms the cache and shows
// that their digests agree.
func (j job) pairs(ctx context.Context, peer program, n int) (ours, theirs []sample, err error) {
	for i := range n + 1 {
		a, b, err := j.both(ctx, peer, i%2 == 0)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			ours, theirs = append(ours, a), append(theirs, b)
			continue
		}
		if a.out == "" || a.out != b.out {
			return nil, nil, fmt.Errorf("%s and %s print different digests, or none", j.ours.name, peer.name)
		}
	}
	return ours, theirs, nil
}

// both runs our program and the peer, ours first or last.
func (j job) both(ctx context.Context, peer program, oursFirst bool) (ours, theirs sample, err error) {
	if !oursFirst {
		if theirs, err = j.warmed(ctx, peer); err != nil {
			return ours, theirs, err
		}
	}
	if ours, err = j.warmed(ctx, j.ours); err != nil {
		return ours, theirs, err
	}
	if oursFirst {
		theirs, err = j.warmed(ctx, peer)
	}
	return ours, theirs, err
}

// warmed runs p with the corpus in the page cache, from which some programs
// drop what they have read: after `rclone hashsum` no page of a small file is
// left, and whoever came next would be measured with a cold cache.
func (j job) warmed(ctx context.Context, p program) (sample, error) {
	if err := warm(j.path); err != nil {
		return sample{}, err
	}
	return p.run(ctx)
}

// digests are the hexadecimal fields that a program printed, sorted, because
// programs list files in any order and form.
func digests(out io.Reader) (string, error) {
	var list []string
	fields := bufio.NewScanner(out)
	fields.Split(bufio.ScanWords)
	for fields.Scan() {
		if f := fields.Text(); len(f) == 64 && strings.Trim(f, "0123456789abcdef") == "" {
			list = append(list, f)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n"), fields.Err()
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
