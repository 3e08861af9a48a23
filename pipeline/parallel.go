package pipeline

import (
	"context"
	"sync/atomic"
	"time"
)

// A grain grows while it takes less than growBelow and shrinks when it takes
// more than shrinkAbove. What a grain costs beside its items is about 0.2 µs,
// which 10 µs hide.
const (
	growBelow   = 10 * time.Microsecond
	shrinkAbove = 50 * time.Microsecond
)

// parallel is a Map or an Each with several workers. There is no dispatcher
// and no collector: a worker takes a grain of the slab that has come in, and
// with it a place in the line, works, and emits when its turn has come. One that
// finds nothing to take shares the largest grain that another has not begun, so
// that no worker is idle while items wait; and whoever passes the turn on emits
// what the next worker has ready, so that no result waits for the rest of its
// grain.
type parallel[In, Out any] struct {
	*node
	in      *inlet[In] // guarded by input
	call    func(context.Context, In) (Out, error)
	out     *link[Out] // nil for Each
	ordered bool
	gate    Gate // nil where nothing but their number bounds the workers

	// input is the right to take items. It is held while waiting for them.
	input *latch
	line  line[In, Out]
	// size is how many items a worker takes at once. It starts at 1, so that
	// slow items need not be shared to be spread.
	size atomic.Int64
}

func (p *parallel[In, Out]) run(ctx context.Context) error {
	p.input = newLatch()
	waiting, over := context.WithCancelCause(ctx) // of those that wait to be let in
	defer over(nil)
	p.size.Store(1)
	for range p.workers {
		p.line.grains = append(p.line.grains, newGrain[In, Out]())
	}
	err := p.crew(ctx, p.workers, func(ctx context.Context, i int) error {
		w := worker[In, Out]{parallel: p, grain: p.line.grains[i], pass: pass{gate: p.gate}}
		defer w.pass.give()
		defer over(errEnd) // with the first to end: there is nothing left to be let in for
		return w.run(ctx, waiting)
	})
	for _, g := range p.line.grains {
		p.abandon(g)
	}
	return err
}

// abandon drops what a worker took and nobody began, and what was computed and
// not emitted.
func (p *parallel[In, Out]) abandon(g *grain[In, Out]) {
	items, results := g.left()
	p.in.back.Add(int64(len(items)))
	p.in.drop.all(items)
	if p.out != nil {
		p.out.drop.all(results)
	}
}

// adapt moves the size after a grain of which a worker did n items in d.
func (p *parallel[In, Out]) adapt(n int, d time.Duration) {
	switch {
	case d < growBelow && n < p.in.slabSize:
		p.size.CompareAndSwap(int64(n), int64(2*n)) // only if it was a whole one
	case d > shrinkAbove && n > 1:
		p.size.Store(int64(n / 2))
	}
}

type worker[In, Out any] struct {
	*parallel[In, Out]
	*grain[In, Out] // its own, to be filled again and again
	pass            // in the gate
}

func (w *worker[In, Out]) run(ctx, waiting context.Context) error {
	for {
		if err := w.admit(ctx, waiting); err != nil {
			return endIsNil(err)
		}
		if err := w.take(ctx); err != nil {
			return endIsNil(err)
		}
		if err := w.work(ctx); err != nil {
			return err
		}
		if err := w.passOn(ctx); err != nil {
			return err
		}
	}
}

// admit returns when the worker may take items. One whose place was taken back
// looks first whether there is anything left to wait for: with a gate that is
// shut, nobody else might.
func (w *worker[In, Out]) admit(ctx, waiting context.Context) error {
	if w.good() {
		return nil
	}
	if err := w.input.enter(ctx, &w.atInput); err != nil {
		return err
	}
	_, err := w.in.poll(ctx)
	w.input.leave()
	if err != nil {
		return err
	}
	return w.get(waiting, &w.atInput)
}

// take fills the worker's grain: with what came in, or else with a part of
// another's. Only then does it wait.
func (w *worker[In, Out]) take(ctx context.Context) error {
	if err := w.input.enter(ctx, &w.atInput); err != nil {
		return err
	}
	defer w.input.leave()
	here, err := w.in.poll(ctx)
	if !here && (err == nil || endIsNil(err) == nil) && w.line.share(w.grain) {
		return nil
	}
	if err == nil && !here {
		err = w.in.await(ctx, nil) // at once: the others could do nothing without the input
	}
	if err != nil {
		return err
	}
	n := min(int(w.size.Load()), len(w.in.slab)-w.in.next)
	w.fill(w.in.slab[w.in.next : w.in.next+n])
	w.in.next += n
	if w.ordered {
		w.line.join(w.grain)
	}
	return nil
}

// work calls the function for the items of the grain. The size of the next is
// adapted unless a send blocked, because then the time was not the function's.
func (w *worker[In, Out]) work(ctx context.Context) error {
	fixed := w.in.slabSize == 1
	var start time.Duration
	var blocks int64
	if !fixed {
		start, blocks = now(), w.blocks()
	}
	n := 0
	for ctx.Err() == nil {
		v, ok := w.claim()
		if !ok {
			if !fixed && w.blocks() == blocks {
				w.adapt(n, now()-start)
			}
			return nil
		}
		n++
		r, err := w.call(ctx, v)
		if err != nil {
			return w.failed(ctx, err)
		}
		if w.out == nil || w.ordered && w.keep(r) {
			continue
		}
		if err := w.out.send(ctx, r); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// blocks counts how often a send of the stage had to wait.
func (w *worker[In, Out]) blocks() int64 {
	if w.out == nil {
		return 0
	}
	return w.out.sends.starts.Load()
}

// failed ends the worker. A failure ends the run at once; ErrStop, which ends
// the stream where a plain loop would, waits for what comes before.
func (w *worker[In, Out]) failed(ctx context.Context, err error) error {
	if w.ordered && isOnly(err, ErrStop) {
		if cut := w.turn(ctx, &w.atOutput); cut != nil {
			return cut
		}
	}
	return err
}

// passOn ends the grain. In order, it waits for the turn and passes it on, when
// it has emitted what the next worker has ready.
func (w *worker[In, Out]) passOn(ctx context.Context) error {
	if !w.ordered {
		w.line.mu.Lock() // whoever shares the grain has what he took
		defer w.line.mu.Unlock()
		clear(w.items)
		return nil
	}
	if err := w.turn(ctx, &w.atOutput); err != nil {
		return err
	}
	next := w.line.leave(w.grain)
	clear(w.items)
	clear(w.results)
	if next == nil {
		return nil
	}
	for {
		r, ok := next.pop()
		if !ok {
			return nil
		}
		if err := w.out.send(ctx, r); err != nil {
			return err
		}
	}
}
