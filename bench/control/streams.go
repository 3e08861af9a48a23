package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/bench/corpus"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// manyStreams is how many run at once in every case.
const manyStreams = 10

// work is a number of files that are taken through the stages, so many at once.
type work struct {
	control    *stages.Control // nil: nothing holds them back
	streams    int
	paths      []string
	algorithms []digest.Algorithm
	sink       func(bytes int) // nil: takes everything at once
}

// newControl is that of the command with its defaults, but for what is set here.
func newControl(o stages.ControlOptions) (*stages.Control, error) {
	if o.Pressure.Thresholds.MaxMemory == 0 {
		o.Pressure.Thresholds.MaxMemory = 48 << 20
	}
	return stages.NewControl(o)
}

// run returns the digests of each file.
func (w work) run(ctx context.Context) ([][][]byte, error) {
	next := pipeline.FromSlice(w.paths)
	if w.control == nil {
		return w.bare(ctx, next)
	}
	w.control.SetStreams(w.streams)
	var sums [][][]byte
	err := batch.Run(ctx, next, w.file, func(r result) error {
		sums = append(sums, r.sums)
		return r.err
	}, batch.Options{Control: w.control})
	return sums, err
}

type result struct {
	sums [][]byte
	err  error
}

func (w work) file(ctx context.Context, path string) result {
	f, err := local.Open(ctx, path)
	if err != nil {
		return result{err: err}
	}
	defer f.Close()
	set := digest.NewSet(w.algorithms...)
	t := stages.Transfer{Source: f, Set: set, Control: w.control, Workers: 2, Arrived: w.sink}
	if w.control == nil {
		t.Pool = barePool
	}
	if err := t.Run(ctx); err != nil {
		return result{err: err}
	}
	return result{sums: set.Sums()}
}

// barePool has what ten streams take that nobody limits.
var barePool = stages.NewPool(128 << 20)

// bare runs the streams without a control: chunks of 1 MiB, and no limit.
func (w work) bare(ctx context.Context, next pipeline.Source[string]) ([][][]byte, error) {
	var sums [][][]byte
	results := pipeline.Map(pipeline.From(pipeline.New("bare"), "files", next), "streams",
		func(ctx context.Context, path string) (result, error) { return w.file(ctx, path), nil },
		pipeline.Workers(w.streams))
	err := pipeline.Each(results, "results", func(_ context.Context, r result) error {
		sums = append(sums, r.sums)
		return r.err
	}).Run(ctx)
	return sums, err
}

// sparse makes ten files of so many bytes that take no room, and returns their
// paths and what takes them away.
func sparse(bytes int64) (paths []string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "penstock-control-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	for i := range manyStreams {
		path := filepath.Join(dir, fmt.Sprintf("sparse-%d", i))
		if err := corpus.Sparse(path, bytes); err != nil {
			remove()
			return nil, nil, err
		}
		paths = append(paths, path)
	}
	return paths, remove, nil
}

// highest is the highest levels that a control had. It is told by one goroutine.
type highest struct{ level, memory int8 }

func (h *highest) see(_, after pressure.Limits) {
	h.raise(highest{int8(after.Level), int8(after.MemoryLevel)})
}

func (h *highest) raise(to highest) {
	h.level, h.memory = max(h.level, to.level), max(h.memory, to.memory)
}

func (h *highest) String() string {
	return fmt.Sprintf("%v, memory %v", pressure.Level(h.level), pressure.MemoryLevel(h.memory))
}
