package main

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-go/penstock/bench/process"
)

// ordering is whether a sink must see the items in the order of the source.
type ordering int

const (
	inOrder ordering = iota
	inAnyOrder
)

// check compares what a sink received with what a plain loop did.
func check(got, want tally, by ordering) error {
	if by == inAnyOrder {
		got.order = want.order
	}
	if got != want {
		return fmt.Errorf("computed %+v, not %+v", got, want)
	}
	return nil
}

// each times one run of n items.
func each(n int, run func() error) (figure, error) {
	cpu, began := process.CPUTime(), time.Now()
	err := run()
	took := time.Since(began)
	return figure{ns: float64(took) / float64(n), cpu: float64(process.CPUTime()-cpu) / float64(n)}, err
}

// throughput sends n integers through steps.
func throughput(pick func(peer) line[int], n int, by ordering, steps ...func(int) int) measure {
	var want tally
	for v := range integers(0, n, 1) {
		for _, step := range steps {
			v = step(v)
		}
		_ = want.add(v)
	}
	return func(ctx context.Context, p peer) (figure, error) {
		way := pick(p)
		if way == nil {
			return figure{}, errLacks
		}
		var got tally
		took, err := each(n, func() error {
			return way(ctx, integers(0, n, 1), steps, got.add)
		})
		if err != nil {
			return figure{}, err
		}
		return took, check(got, want, by)
	}
}

// chunkThroughput sends n chunks of so many bytes.
func chunkThroughput(n, size int) measure {
	source := chunks(n, size)
	var want tally
	for c := range source {
		_ = want.addChunk(checksum(c))
	}
	return func(ctx context.Context, p peer) (figure, error) {
		if p.chunks == nil {
			return figure{}, errLacks
		}
		var got tally
		took, err := each(n, func() error {
			return p.chunks(ctx, source, []func(*chunk) *chunk{pass, pass, checksum}, got.addChunk)
		})
		if err != nil {
			return figure{}, err
		}
		return took, check(got, want, inOrder)
	}
}

func (t *tally) addChunk(c *chunk) error {
	defer c.home.put(c)
	return t.add(int(c.crc))
}
