// Command peers runs the engine and what people use instead over the same
// workloads, in turn and in one process, sees to it that all compute the same,
// and prints one Markdown table.
//
//	GOMAXPROCS=1 go run . -rounds 7
//	go run . -quick                   a hundredth of it, once, to see that all works
//	go run . -only 'map, no work'     the workloads whose name holds these words
//
// A ratio is the median of the ratios of the rounds; beside it stands what half of
// them lie between. With one core the figures are what an item costs; with
// several they depend on how many of them are free; what is wanted is wanted with
// one. To profile one side:
//
//	GOMAXPROCS=1 go test -run '^$' -bench 'Peers/workload=chain,_no_work/by=engine' -cpuprofile cpu.out
//
// It is a module of its own, so that nobody who imports Penstock downloads the
// peers. workload.go is what is done and peers.go who does it; how it is written
// with each of them stands in a file that bears its name. Every one of them can
// be cancelled, and has the buffers that the engine has where it has any.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

type options struct {
	rounds int
	only   string
	quick  bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 7, "runs of every implementation")
	flag.StringVar(&o.only, "only", "", "run the workloads whose name holds this")
	flag.BoolVar(&o.quick, "quick", false, "one round of a hundredth of the items")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.rounds < 1 {
		return fmt.Errorf("-rounds %d: it wants 1 at least", o.rounds)
	}
	fmt.Printf("%s, %s, GOMAXPROCS=%d of %d, %s/%s\n\n", time.Now().Format(time.DateOnly), runtime.Version(),
		runtime.GOMAXPROCS(0), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Println(header)
	for _, w := range workloads() {
		if !strings.Contains(w.name, o.only) {
			continue
		}
		if o.quick {
			w.n, o.rounds = w.quick(), 1
		}
		results, err := w.roundRobin(ctx, peers(), o.rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		for _, row := range w.rows(results) {
			fmt.Println(row)
		}
	}
	fmt.Println()
	for _, p := range peers() {
		if p.note != "" {
			fmt.Printf("- %s: %s.\n", p.title(), p.note)
		}
	}
	return nil
}
