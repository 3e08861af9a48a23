package bench_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/pipeline"
)

// How many workers does a pipeline of your own want? The variants are run in turn; the
// deadline is the time that all of them have together.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var sweep bench.Sweep
	for _, workers := range []int{1, 2, 4} {
		sweep.Variants = append(sweep.Variants, bench.Variant{
			Name: fmt.Sprintf("%d workers", workers),
			Run:  func(ctx context.Context, p *bench.Probe) error { return digests(ctx, p, workers) },
		})
	}
	report, err := sweep.Run(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range report.Results {
		fmt.Printf("%s, measured: %t, waited for: %s\n", r.Name, r.Throughput().Median > 0, r.Bottleneck())
	}
	// Output:
	// 1 workers, measured: true, waited for: fetch
	// 2 workers, measured: true, waited for: fetch
	// 4 workers, measured: true, waited for: fetch
}

// digests is the pipeline: it fetches blocks, of which each takes a millisecond, and
// hashes them.
func digests(ctx context.Context, p *bench.Probe, workers int) error {
	blocks := pipeline.From(pipeline.New("digests"), "fetch", func(_ context.Context, emit func([]byte) error) error {
		for range 20 {
			time.Sleep(time.Millisecond)
			if err := emit(make([]byte, 4096)); err != nil {
				return err
			}
		}
		return nil
	})
	sums := pipeline.Map(blocks, "hash", func(_ context.Context, block []byte) ([sha256.Size]byte, error) {
		began := time.Now()
		defer func() { p.Took(time.Since(began)) }()
		p.Arrived(len(block))
		return sha256.Sum256(block), nil
	}, pipeline.Workers(workers))
	line := pipeline.Each(sums, "keep", func(context.Context, [sha256.Size]byte) error { return nil })
	p.Watch(line)
	return line.Run(ctx)
}
