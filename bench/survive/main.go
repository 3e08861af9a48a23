// Command survive kills penstock, cuts its power, fills its disks and breaks its code,
// and prints one Markdown table of what was wanted and what came out.
//
//	go run ./bench/survive               1,500 kills, every crash point, 100 power cuts: hours
//	go run ./bench/survive -quick        the same in small: a minute or two
//	go run ./bench/survive -only power   the cases whose name holds "power"
//	go run ./bench/survive -seed 7       another choice of files, moments and points
//
// Every fault that is seen gets a line on standard error with what makes it again. It
// exits with 1 when something that was wanted was not reached. What cannot be tried
// here, for want of root or of loop devices, says so in the table, and why.
// Interrupted, it prints what the kills have come to so far.
package main

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/penstock-go/penstock/bench/proof"
)

// size is how large a run is.
type size struct {
	copies, sums, doubles int  // kills
	cuts                  int  // of the power
	largest               int  // MiB of the largest file that is killed
	every                 bool // crash point, and not one of each name
}

var (
	whole = size{copies: 1000, sums: 500, doubles: 200, cuts: 100, largest: 256, every: true}
	quick = size{copies: 16, sums: 8, doubles: 4, cuts: 5, largest: 96}
)

// show is one case. It returns a row for each thing that it shows.
type show struct {
	name string
	run  func(ctx context.Context, s *suite) ([]proof.Row, error)
}

func shows() []show {
	return []show{
		{"kill copy", killCopy},
		{"kill sum", killSum},
		{"kill twice", killTwice},
		{"points", points},
		{"recovery", recovery},
		{"storage", storage},
		{"full", full},
		{"power", power},
		{"broken", gate},
	}
}

func main() {
	only := flag.String("only", "", "run the cases whose name holds this")
	small := flag.Bool("quick", false, "fewer kills, points and cuts, and smaller files")
	seed := flag.Uint64("seed", 1, "what is chosen by chance")
	flag.Parse()
	s := whole
	if *small {
		s = quick
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s, *only, *seed)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "survive:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, size size, only string, seed uint64) error {
	if !slices.ContainsFunc(shows(), func(c show) bool { return strings.Contains(c.name, only) }) {
		return fmt.Errorf("no case has %q in its name", only)
	}
	s, err := newSuite(ctx, size, seed)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Printf("Seed %d.\n\n%s\n", seed, proof.Header)
	missed := 0
	for rows := range s.rows(ctx, only) {
		for _, r := range rows {
			fmt.Println(r)
			if r.Missed() {
				missed++
			}
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if missed > 0 {
		return fmt.Errorf("%d not reached", missed)
	}
	return nil
}

// together is how many cases run at a time: most of it they wait for the disk, or sleep.
const together = 2

// rows yields those of one case after another, in the order of shows.
func (s *suite) rows(ctx context.Context, only string) iter.Seq[[]proof.Row] {
	return func(yield func([]proof.Row) bool) {
		var results []chan []proof.Row
		left := make(chan func(), len(shows())) // all of them, so that nobody waits to put one there
		for _, c := range shows() {
			if strings.Contains(c.name, only) {
				result := make(chan []proof.Row, 1) // so that nobody waits to be asked
				results = append(results, result)
				left <- func() { result <- s.show(ctx, c) }
			}
		}
		close(left)
		var running sync.WaitGroup
		defer running.Wait()
		for range together {
			running.Go(func() {
				for run := range left {
					run()
				}
			})
		}
		for _, result := range results {
			if !yield(<-result) {
				return
			}
		}
	}
}

// show runs a case.
func (s *suite) show(ctx context.Context, c show) []proof.Row {
	own, err := s.apart(c.name)
	var rows []proof.Row
	if err == nil && ctx.Err() == nil {
		rows, err = c.run(ctx, own)
	}
	if err != nil && ctx.Err() == nil { // the other cases may still show something
		s.fault(c.name, err)
		rows = append(rows, proof.Row{What: c.name, Wanted: "that it can be tried", Measured: "it ended early"})
	}
	return rows
}
