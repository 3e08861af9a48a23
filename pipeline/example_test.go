package pipeline_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync/atomic"

	"github.com/penstock-go/penstock/pipeline"
)

// A source, a map that four goroutines work on and that keeps the order all the
// same, and a loop over what comes out. Leaving the loop stops the pipeline.
func Example() {
	digest := func(_ context.Context, word string) (string, error) {
		return fmt.Sprintf("%.4x %s", sha256.Sum256([]byte(word)), word), nil
	}

	p := pipeline.New("digests")
	words := pipeline.From(p, "words", pipeline.FromSlice([]string{"gate", "pipe", "turbine"}))
	digests := pipeline.Map(words, "digest", digest, pipeline.Workers(4))
	for line, err := range pipeline.All(context.Background(), digests) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(line)
	}
	// Output:
	// c974e17b gate
	// 40082947 pipe
	// 93acacd1 turbine
}

// A stage is a function with a loop: what it keeps are local variables, and
// what it does at the end stands after the loop.
func ExampleVia() {
	number := func(ctx context.Context, in iter.Seq2[string, error], emit func(string) error) error {
		n := 0
		for line, err := range in {
			if err != nil {
				return err // the input was cut short: no total
			}
			n++
			if err := emit(fmt.Sprintf("%d %s", n, line)); err != nil {
				return err
			}
		}
		return emit(fmt.Sprintf("%d lines", n))
	}

	p := pipeline.New("number")
	lines := pipeline.From(p, "lines", pipeline.Lines(strings.NewReader("to be\nor not\n")))
	err := pipeline.Each(pipeline.Via(lines, "number", number), "print", func(_ context.Context, line string) error {
		fmt.Println(line)
		return nil
	}).Run(context.Background())
	fmt.Println(p, err)
	// Output:
	// 1 to be
	// 2 or not
	// 2 lines
	// number: lines ─64─▶ number ─64─▶ print <nil>
}

// Two ways from one source, joined again.
func ExampleTee() {
	length := func(_ context.Context, s string) (int, error) { return len(s), nil }
	words := func(_ context.Context, s string) (int, error) { return len(strings.Fields(s)), nil }

	p := pipeline.New("wc")
	ways := pipeline.Tee(pipeline.From(p, "lines", pipeline.FromSlice([]string{"to be", "or not to be"})), "tee", 2)
	var bytes, count int
	pipeline.Each(pipeline.Map(ways[0], "length", length), "bytes", func(_ context.Context, n int) error {
		bytes += n
		return nil
	})
	pipeline.Each(pipeline.Map(ways[1], "split", words), "words", func(_ context.Context, n int) error {
		count += n
		return nil
	})
	if err := p.Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(bytes, count)
	// Output: 17 6
}

// What nobody received is handed to Drop, so that pooled or counted resources
// come back however the run ends.
func ExampleDrop() {
	var made, dropped atomic.Int64
	p := pipeline.New("buffers")
	s := pipeline.From(p, "read", func(_ context.Context, emit func([]byte) error) error {
		for {
			made.Add(1)
			if err := emit(make([]byte, 4096)); err != nil {
				return err // and the buffer has been dropped
			}
		}
	}, pipeline.Buffer(4), pipeline.Drop(func([]byte) { dropped.Add(1) }))

	received := int64(0)
	for _, err := range pipeline.All(context.Background(), s) {
		if err != nil {
			break
		}
		if received++; received == 3 {
			break // what was received is the loop's
		}
	}
	fmt.Println(received, "received,", made.Load()-dropped.Load()-received, "lost")
	// Output: 3 received, 0 lost
}
