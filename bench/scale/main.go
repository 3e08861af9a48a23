// Command scale shows how the time and the memory of penstock grow with the size of a
// file and with the number of files, and prints two Markdown tables.
//
//	go run ./bench/scale                     up to 100 GiB and 1,000,000 files: some minutes
//	go run ./bench/scale -quick              up to 1 GiB and 10,000 files, to see that all works
//	go run ./bench/scale -svg bench/scale    the same as plots
//
// Files are sparse, and names are links to a few, so that it takes no room: what is read
// comes from memory, and time is that of the work. It exits with 1 where a process has
// taken more than 50 MB.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/process"
)

// allowed is what a process may take, bytes: the specification's ceiling.
const allowed = 50_000_000

// size is how far it goes.
type size struct {
	bytes []int64 // of a file
	files []int
	runs  int // of each
}

var (
	whole = size{
		bytes: []int64{1 << 20, 16 << 20, 256 << 20, 1 << 30, 4 << 30, 16 << 30, 100 << 30},
		files: []int{1_000, 10_000, 100_000, 1_000_000}, runs: 3,
	}
	quick = size{bytes: []int64{1 << 20, 32 << 20, 1 << 30}, files: []int{1_000, 10_000}, runs: 1}
)

func main() {
	process.Starter()
	small := flag.Bool("quick", false, "small sizes, once")
	svg := flag.String("svg", "", "write the plots into this directory")
	flag.Parse()
	s := whole
	if *small {
		s = quick
	}
	if err := run(context.Background(), s, *svg); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s size, svg string) (err error) {
	dir, err := os.MkdirTemp("", "penstock-scale-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := process.Build(ctx, dir, "cmd/penstock"); err != nil {
		return err
	}
	fmt.Printf("%s, %s\n", time.Now().Format(time.DateOnly), bench.ThisMachine())
	var faults []error
	for _, c := range []curve{ofSizes(s), ofFiles(s)} {
		fmt.Printf("\n| %s | seconds | %s | peak RSS |\n|---:|---:|---:|---:|\n", c.what, c.each)
		for i := range c.points {
			p := &c.points[i]
			if err := p.measure(ctx, dir, s.runs); err != nil {
				return fmt.Errorf("%s: %w", c.label(*p), err)
			}
			fmt.Println(c.row(*p))
			if p.rss >= allowed {
				faults = append(faults, fmt.Errorf("%s took %.1f MB of memory; it may take %d", c.label(*p), float64(p.rss)/1e6, allowed/1_000_000))
			}
		}
		if svg != "" {
			faults = append(faults, c.draw(svg))
		}
	}
	return errors.Join(faults...)
}

// measure runs penstock over what the point says, a few times.
func (p *point) measure(ctx context.Context, dir string, runs int) (err error) {
	path := filepath.Join(dir, "subject")
	if err := p.make(path); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	var seconds []float64
	for i := range runs + 1 {
		s, err := process.Run(ctx, filepath.Join(dir, "out"), filepath.Join(dir, "penstock"), "sum", "-q", path)
		if err != nil {
			return err
		}
		p.rss = max(p.rss, s.PeakRSS)
		if i > 0 || runs == 1 { // the first warms up
			seconds = append(seconds, s.Wall.Seconds())
		}
		if runs == 1 {
			break
		}
	}
	p.seconds = bench.SpreadOf(seconds).Median
	return nil
}
