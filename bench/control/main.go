// Command control shows that what holds the streams back does what it is for, and
// prints one Markdown table of what was wanted and what was measured.
//
//	go run ./bench/control               files of 10 GiB, rates for 10 s: some minutes
//	go run ./bench/control -quick        the same in small, to see that all works
//	go run ./bench/control -only rate    the cases whose name holds "rate"
//
// It exits with 1 when something that was wanted was not reached, with -quick only
// where that does not depend on what else the machine does. What cannot be tried here
// says so in the table, and why.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/penstock-go/penstock/bench/proof"
)

// size is how large a run is.
type size struct {
	file    int64 // bytes of each of the ten sparse files
	files   int   // small files
	seconds int   // of each rate
	pairs   int   // of runs that are held against each other
	hog     int   // seconds that another process holds memory for
}

var (
	whole = size{file: 10 << 30, files: 1_000_000, seconds: 10, pairs: 7, hog: 10}
	quick = size{file: 256 << 20, files: 20_000, seconds: 1, pairs: 3, hog: 5}
)

// show is one case. It returns a row for each thing that it shows.
type show struct {
	name string
	run  func(ctx context.Context, s size) ([]proof.Row, error)
	// timed says that what comes out depends on what else the machine does.
	timed bool
}

var shows = []show{
	{"ceiling", ceiling, false},
	{"cgroup", cgroup, false},
	{"healthy", healthy, true},
	{"hog", hog, true},
	{"width", width, true},
	{"latency", latency, true},
	{"cost", cost, true},
	{"rate", rates, true},
}

func main() {
	ctx := context.Background()
	if len(os.Args) == 4 && os.Args[1] == alone {
		exit(jobs[os.Args[2]](ctx, os.Args[3]))
	}
	only := flag.String("only", "", "run the cases whose name holds this")
	small := flag.Bool("quick", false, "small files, short runs")
	flag.Parse()
	s := whole
	if *small {
		s = quick
	}
	exit(run(ctx, s, *only))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "control:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, s size, only string) error {
	if !slices.ContainsFunc(shows, func(c show) bool { return strings.Contains(c.name, only) }) {
		return fmt.Errorf("no case has %q in its name", only)
	}
	fmt.Println(proof.Header)
	missed := 0
	for _, c := range shows {
		if !strings.Contains(c.name, only) {
			continue
		}
		rows, err := c.run(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		for _, r := range rows {
			fmt.Println(r)
			if counts := !c.timed || s != quick; counts && r.Missed() {
				missed++
			}
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d not reached", missed)
	}
	return nil
}
