package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
)

// ledger knows every item that was made and how often each may still be
// released. At the end of a run all of them must have been, exactly.
type ledger struct {
	made, released atomic.Int64
	twice          atomic.Int64
}

type item struct {
	v    int
	refs atomic.Int64
	of   *ledger
}

func (l *ledger) item(v int) *item {
	l.made.Add(1)
	it := &item{v: v, of: l}
	it.refs.Store(1)
	return it
}

func (it *item) Size() int { return 100 + it.v%100 }

func (it *item) release() {
	switch n := it.refs.Add(-1); {
	case n == 0:
		it.of.released.Add(1)
	case n < 0:
		it.of.twice.Add(1)
	}
}

func (l *ledger) check() error {
	if l.twice.Load() != 0 || l.made.Load() != l.released.Load() {
		return fmt.Errorf("%d items made, %d released, %d times too often", l.made.Load(), l.released.Load(), l.twice.Load())
	}
	return nil
}

// op is a random operator: what it does to a stream of items, and to the plain
// slice that the stream is compared with.
type op struct {
	Kind    string
	Options []string // for the message when it fails
	opts    []pipeline.Option
	N       int // outputs, batch size, …
	Pause   int // every so many items it sleeps; 0 never
}

func drawOp(t *rapid.T) op {
	o := op{
		Kind: rapid.SampledFrom([]string{
			"map", "unordered", "via", "filter", "flatmap", "batch", "tee", "partition", "merge",
		}).Draw(t, "kind"),
		N:     rapid.IntRange(1, 4).Draw(t, "n"),
		Pause: rapid.SampledFrom([]int{0, 0, 1, 3, 7}).Draw(t, "pause"),
	}
	add := func(name string, n int, opt pipeline.Option) {
		o.Options = append(o.Options, fmt.Sprintf("%s(%d)", name, n))
		o.opts = append(o.opts, opt)
	}
	if rapid.Bool().Draw(t, "buffer?") {
		n := rapid.IntRange(1, 40).Draw(t, "buffer")
		add("Buffer", n, pipeline.Buffer(n))
	}
	switch rapid.SampledFrom([]string{"", "slab", "bytes"}).Draw(t, "link") {
	case "slab":
		n := rapid.IntRange(1, 20).Draw(t, "slab")
		add("Slab", n, pipeline.Slab(n))
	case "bytes":
		if o.Kind != "batch" {
			n := rapid.IntRange(1, 1000).Draw(t, "bytes")
			add("Bytes", n, pipeline.Bytes(int64(n)))
		}
	}
	if o.Kind == "map" || o.Kind == "unordered" {
		n := rapid.IntRange(1, 5).Draw(t, "workers")
		add("Workers", n, pipeline.Workers(n))
		if rapid.Bool().Draw(t, "gated?") {
			n := rapid.IntRange(1, 3).Draw(t, "gate")
			add("Gated", n, pipeline.Gated(pressure.NewGate(n)))
		}
	}
	if o.Kind == "unordered" {
		add("Unordered", 0, pipeline.Unordered())
	}
	return o
}

// drowse sleeps now and then, so that links run full and empty.
func (o op) drowse(v int) {
	if o.Pause > 0 && v%o.Pause == 0 {
		time.Sleep(time.Duration(1+v%3) * time.Millisecond)
	}
}

// site is where a random pipeline is built.
type site struct {
	p    *pipeline.Pipeline
	l    *ledger
	fail func(v int) error
}

// apply adds the operator to s.
func (o op) apply(at site, s pipeline.Stream[*item], name string) pipeline.Stream[*item] {
	l := at.l
	double := func(_ context.Context, it *item) (*item, error) {
		defer it.release()
		o.drowse(it.v)
		if err := at.fail(it.v); err != nil {
			return nil, err
		}
		return l.item(2 * it.v), nil
	}
	switch o.Kind {
	case "map", "unordered":
		return pipeline.Map(s, name, double, o.opts...)
	case "via":
		return pipeline.Via(s, name, pairwise(o), o.opts...)
	case "filter":
		return pipeline.Filter(s, name, func(_ context.Context, it *item) (bool, error) {
			if it.v%3 == 0 {
				it.release()
				return false, nil
			}
			return true, nil
		}, o.opts...)
	case "flatmap":
		return pipeline.FlatMap(s, name, func(_ context.Context, it *item, emit func(*item) error) error {
			defer it.release()
			for i := range it.v % 4 {
				if err := emit(l.item(it.v + i)); err != nil {
					return err
				}
			}
			return nil
		}, o.opts...)
	case "batch":
		batches := pipeline.Batch(s, name, o.N, time.Duration(o.Pause)*time.Millisecond, o.opts...)
		return pipeline.FlatMap(batches, name+" apart",
			func(_ context.Context, batch []*item, emit func(*item) error) error {
				for i, it := range batch {
					if err := emit(it); err != nil {
						for _, rest := range batch[i+1:] {
							rest.release()
						}
						return err
					}
				}
				return nil
			}, pipeline.Drop((*item).release))
	case "tee":
		all := func(it *item) {
			for range o.N + 1 {
				it.release()
			}
		}
		s = pipeline.Map(s, name+" retain", func(_ context.Context, it *item) (*item, error) {
			it.refs.Add(int64(o.N))
			return it, nil
		}, pipeline.Drop(all))
		outs := pipeline.Tee(s, name, o.N+1, append(o.opts, pipeline.Drop((*item).release))...)
		seen := 0 // by a consumer that leaves the others to it
		pipeline.Each(outs[o.N], name+" leaves", func(_ context.Context, it *item) error {
			defer it.release()
			o.drowse(it.v)
			if seen++; seen > o.Pause {
				return pipeline.ErrStop
			}
			return nil
		})
		return pipeline.Merge(name+" join", outs[:o.N])
	case "partition":
		outs := pipeline.Partition(s, name, o.N, func(it *item) int { return it.v % 5 }, o.opts...)
		return pipeline.Merge(name+" join", outs)
	case "merge":
		other := pipeline.From(at.p, name+" other", l.source(o.N-1), pipeline.Drop((*item).release))
		return pipeline.Merge(name, []pipeline.Stream[*item]{s, other}, o.opts...)
	}
	panic(o.Kind)
}

// pairwise is a stage with state and an end: it holds one item back.
func pairwise(o op) pipeline.Stage[*item, *item] {
	return func(_ context.Context, in iter.Seq2[*item, error], emit func(*item) error) (err error) {
		var held *item
		defer func() {
			if held != nil {
				held.release()
			}
		}()
		for it, err := range in {
			if err != nil {
				return err
			}
			o.drowse(it.v)
			next := held
			held = it
			if next != nil {
				if err := emit(next); err != nil {
					return err
				}
			}
		}
		if held == nil {
			return nil
		}
		last := held
		held = nil
		return emit(last)
	}
}

// plain does to a slice what apply does to a stream, and says whether the
// stream keeps the order.
func (o op) plain(in []int) (out []int, ordered bool) {
	for _, v := range in {
		switch o.Kind {
		case "map", "unordered":
			out = append(out, 2*v)
		case "filter":
			if v%3 != 0 {
				out = append(out, v)
			}
		case "flatmap":
			for i := range v % 4 {
				out = append(out, v+i)
			}
		case "tee":
			for range o.N {
				out = append(out, v)
			}
		default:
			out = append(out, v)
		}
	}
	if o.Kind == "merge" {
		for v := range o.N - 1 {
			out = append(out, v)
		}
	}
	return out, o.Kind != "unordered" && (o.N == 1 || o.Kind != "tee" && o.Kind != "partition" && o.Kind != "merge")
}

// exit is how a random run ends.
type exit struct {
	Sink  string
	How   string
	At    int // item of the sink, or value seen by a map, at which it does
	Grace time.Duration
}

var exits = []string{
	"whole", "whole", "stop", "cancel", "error", "panic", "map error", "map panic", "source error",
}

func TestRandomPipelinesEqualAPlainLoop(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(rt, "items")
		ops := rapid.SliceOfN(rapid.Custom(drawOp), 0, 5).Draw(rt, "ops")
		source := drawOp(rt)
		end := exit{
			Sink:  rapid.SampledFrom([]string{"Each", "Each with workers", "Into", "All"}).Draw(rt, "sink"),
			How:   rapid.SampledFrom(exits).Draw(rt, "exit"),
			At:    rapid.IntRange(0, n).Draw(rt, "at"),
			Grace: rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(rt, "grace"),
		}
		var got []int
		var err error
		var books ledger
		synctest.Test(t, func(*testing.T) { got, err = runRandom(&books, n, source, ops, end) })
		if e := books.check(); e != nil {
			rt.Fatalf("%v", e)
		}
		checkRandom(rt, n, ops, end, got, err)
	})
}

func runRandom(l *ledger, n int, source op, ops []op, end exit) (got []int, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	fail := func(int) error { return nil }
	if end.How == "map error" || end.How == "map panic" {
		fail = func(v int) error {
			switch {
			case v < end.At:
				return nil
			case end.How == "map panic":
				panic(errBoom)
			}
			return errBoom
		}
	}
	var opts []pipeline.Option
	for i, name := range source.Options {
		if name[0] == 'B' || name[0] == 'S' {
			opts = append(opts, source.opts[i])
		}
	}
	p := pipeline.Options{Grace: end.Grace}.New("random")
	s := pipeline.From(p, "source", func(_ context.Context, emit func(*item) error) error {
		for i := range n {
			source.drowse(i)
			if end.How == "source error" && i == end.At {
				return errBoom
			}
			if err := emit(l.item(i)); err != nil {
				return err
			}
		}
		return nil
	}, append(opts, pipeline.Drop((*item).release))...)
	for i, o := range ops {
		s = o.apply(site{p, l, fail}, s, fmt.Sprint(i))
	}
	var mu sync.Mutex // guards got, which workers share
	err = end.finish(ctx, s, func(it *item) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, it.v)
		it.release()
		if len(got) <= end.At {
			return nil
		}
		switch end.How {
		case "stop":
			return pipeline.ErrStop
		case "cancel":
			cancel(errBoom)
		case "error":
			return errBoom
		case "panic":
			panic(errBoom)
		}
		return nil
	})
	return got, err
}

// finish runs the pipeline of s into the sink.
func (end exit) finish(ctx context.Context, s pipeline.Stream[*item], take func(*item) error) (err error) {
	each := func(_ context.Context, it *item) error { return take(it) }
	switch end.Sink {
	case "Each":
		return pipeline.Each(s, "sink", each).Run(ctx)
	case "Each with workers":
		return pipeline.Each(s, "sink", each, pipeline.Workers(3)).Run(ctx)
	case "Into":
		return pipeline.Into(s, "sink", func(_ context.Context, in iter.Seq2[*item, error]) error {
			for it, err := range in {
				if err != nil {
					return err
				}
				if err := take(it); err != nil {
					if errors.Is(err, pipeline.ErrStop) {
						return nil // it leaves
					}
					return err
				}
			}
			return nil
		}).Run(ctx)
	}
	defer func() {
		if r := recover(); r != nil {
			err, _ = r.(error)
		}
	}()
	for it, err := range pipeline.All(ctx, s) {
		if err != nil {
			return err
		}
		if err := take(it); err != nil {
			if errors.Is(err, pipeline.ErrStop) {
				break
			}
			return err
		}
	}
	return nil
}

func checkRandom(t *rapid.T, n int, ops []op, end exit, got []int, err error) {
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	ordered := end.Sink != "Each with workers"
	for _, o := range ops {
		var kept bool
		want, kept = o.plain(want)
		ordered = ordered && kept
	}
	if err != nil && !errors.Is(err, errBoom) {
		t.Fatalf("unexpected error: %v", err)
	}
	if err != nil && (end.How == "whole" || end.How == "stop") {
		t.Fatalf("%s is not a failure: %v", end.How, err)
	}
	whole := err == nil && end.How != "stop"
	if !ordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
		if !whole {
			got, want = common(got, want), got // every item got is one of those wanted
		}
	}
	if !whole && len(got) <= len(want) {
		want = want[:len(got)]
	}
	if !slices.Equal(want, got) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// common returns what two sorted slices have in common, as multisets.
func common(a, b []int) []int {
	both := []int{}
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			both = append(both, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return both
}
