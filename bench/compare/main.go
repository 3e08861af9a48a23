// Command compare runs penstock and what people use instead over the same files, in
// turn, checks that they come to the same digests and the same copies, and prints one
// Markdown table of ratios.
//
//	go run ./bench/compare            2 GiB, 20 files, 20,000 files, 300,000 files, 1,000,000 files
//	go run ./bench/compare -quick     a hundredth of it, one pair, to see that all works
//	go run ./bench/compare -only big  the jobs whose name holds "big"
//
// The corpus is made from a fixed seed in -dir and kept there for the next run. Times
// are of whole processes with a warm cache; what a run makes is removed outside of
// them. A ratio is the median of the ratios of pairs that ran one after the other, so
// that a machine whose speed drifts gives the same answer.
//
// It exits with 1 where digests differ, or where penstock took more than 50 MB. Ratios
// are for a person to judge: they differ from machine to machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/process"
)

// allowed is what a process of ours may take, bytes: the specification's ceiling.
const allowed = 50_000_000

type options struct {
	dir   string
	pairs int
	only  string
	quick bool
}

func main() {
	process.Starter()
	ctx := context.Background()
	if args := os.Args[1:]; len(args) > 0 && (args[0] == ownCopy || args[0] == ownInterrupt) {
		exit(own(ctx, args))
	}
	var o options
	flag.StringVar(&o.dir, "dir", filepath.Join(os.TempDir(), "penstock-bench"), "where the corpus is made and kept")
	flag.IntVar(&o.pairs, "pairs", 0, "runs of penstock and of each peer (default 5, and 1 with -quick)")
	flag.StringVar(&o.only, "only", "", "run the jobs whose name holds this")
	flag.BoolVar(&o.quick, "quick", false, "a hundredth of the corpus")
	flag.Parse()
	if o.pairs == 0 {
		o.pairs = 5
		if o.quick {
			o.pairs = 1
		}
	}
	exit(compare(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func compare(ctx context.Context, o options) error {
	bin, err := os.MkdirTemp("", "penstock-bench-bin-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(bin) }()
	if err := process.Build(ctx, bin, "cmd/penstock", "bench/loops"); err != nil {
		return err
	}
	c := newCorpus(o.dir, o.quick)
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	fmt.Printf("%s, %s\n\n%s\n", time.Now().Format(time.DateOnly), bench.ThisMachine(), header)
	t := toolsIn(bin)
	missing := map[string]bool{}
	var faults []error
	jobs := slices.DeleteFunc(append(hashing(t, c), copying(t, c)...), func(j job) bool { return !strings.Contains(j.name, o.only) })
	if len(jobs) == 0 {
		return fmt.Errorf("no job has %q in its name", o.only)
	}
	for _, j := range jobs {
		if err := j.make(); err != nil {
			return fmt.Errorf("make the corpus of %s: %w", j.name, err)
		}
		if err := j.rows(ctx, c.dir, o.pairs, missing); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", j.name, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		fmt.Printf("\nNot installed, so not measured: %s (install it with: apt-get install %s)\n", name, packages[name])
	}
	return errors.Join(faults...)
}

// rows measures the job beside every peer that is installed, and prints a row each.
func (j job) rows(ctx context.Context, dir string, pairs int, missing map[string]bool) (err error) {
	defer func() { err = errors.Join(err, removeEmptied(dir)) }()
	var faults []error
	for _, other := range j.peers {
		if names := other.missing(); len(names) > 0 {
			for _, name := range names {
				missing[name] = true
			}
			continue
		}
		ours, theirs, err := measuring{j, dir}.pairs(ctx, other.program, pairs)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		fmt.Println(row(j, other, ours, theirs))
		if most := peak(ours); most >= allowed {
			faults = append(faults, fmt.Errorf("%s took %.1f MB of memory; it may take %d", j.ours.name, float64(most)/1e6, allowed/1_000_000))
		}
	}
	return errors.Join(faults...)
}
