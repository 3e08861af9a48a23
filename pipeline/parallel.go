package pipeline

import (
	"context"
	"sync/atomic"
	"time"
)

// A grain grows while it takes less than growBelow and shrinks when it takes
// more than shrinkAbove. What a grain costs beside its items is about 0.2 µs,
// so that 10 µs hide it, and no worker keeps much more than 50 µs of work from
// the others.
const (
	growBelow   = 10 * time.Microsecond
	shrinkAbove = 50 * time.Microsecond
)

// parallel is a Map or an Each with several workers. There is no dispatcher
// and no collector: a worker takes a grain of the slab that has come in, and
// with it a turn, works, and emits when its turn has come.
type parallel[In, Out any] struct {
	*node
	in      *inlet[In] // guarded by input
	call    func(context.Context, In) (Out, error)
	out     *link[Out] // nil for Each
	ordered bool

	// input is the right to take items. It is held while waiting for them.
	input token
	// next is the turn of the grain that is taken next, and guarded by input.
	next token
	// grain is how many items a worker takes. It starts at 1, so that a slab
	// of slow items is never stuck behind one worker.
	grain atomic.Int64
}

func (p *parallel[In, Out]) run(ctx context.Context) error {
	p.input, p.next = newToken(), newToken()
	p.input.pass()
	p.next.pass()
	p.grain.Store(1)
	return p.crew(ctx, p.workers, func(ctx context.Context, _ int) error {
		w := &worker[In, Out]{parallel: p, mine: newToken()}
		defer w.abandon()
		return w.run(ctx)
	})
}

// adapt moves the grain after one of took items that lasted d.
func (p *parallel[In, Out]) adapt(took int, d time.Duration) {
	g := int64(took)
	switch {
	case d < growBelow && took < p.in.slabSize:
		p.grain.CompareAndSwap(g, 2*g) // only if it was a whole one
	case d > shrinkAbove && took > 1:
		p.grain.CompareAndSwap(g, g/2)
	}
}

// worker is one worker and what it holds, kept where abandon finds it after a
// panic.
type worker[In, Out any] struct {
	*parallel[In, Out]
	mine    token // for the turn after its own
	turn    token // its own
	inTurn  bool
	items   []In
	begun   int // items given to call
	results []Out
	emitted int
}

func (w *worker[In, Out]) run(ctx context.Context) error {
	for {
		if err := w.take(ctx); err != nil {
			return endIsNil(err)
		}
		if err := w.work(ctx); err != nil {
			return err
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
		w.passOn()
	}
}

// take fills items with a grain, and takes the turn that goes with it.
func (w *worker[In, Out]) take(ctx context.Context) error {
	if err := w.input.hold(ctx, &w.atInput); err != nil {
		return err
	}
	defer w.input.pass()
	if err := w.in.fill(ctx, nil); err != nil {
		return err
	}
	k := min(int(w.grain.Load()), len(w.in.slab)-w.in.next)
	w.items = append(w.items[:0], w.in.slab[w.in.next:w.in.next+k]...)
	w.begun = 0
	w.in.next += k
	w.inTurn = !w.ordered
	if w.ordered {
		w.turn, w.next = w.next, w.mine
	}
	return nil
}

// work calls the function for every item of the grain, and emits the results
// at once from when its turn has come. The grain is adapted unless emit
// blocked, because then the time was not the function's.
func (w *worker[In, Out]) work(ctx context.Context) error {
	fixed := w.in.slabSize == 1
	var start time.Time
	var blocks int64
	if !fixed {
		start, blocks = time.Now(), w.blocks()
	}
	for w.begun < len(w.items) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		v := w.items[w.begun]
		w.begun++
		r, err := w.call(ctx, v)
		if err != nil {
			return w.failed(ctx, err)
		}
		if w.out == nil {
			continue
		}
		w.results = append(w.results, r)
		if w.inTurn = w.inTurn || w.turn.try(); w.inTurn {
			if err := w.emit(ctx); err != nil {
				return err
			}
		}
	}
	if !fixed && w.blocks() == blocks {
		w.adapt(len(w.items), time.Since(start))
	}
	return nil
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
	if isOnly(err, ErrStop) {
		if cut := w.flush(ctx); cut != nil {
			return cut
		}
	}
	return err
}

// flush waits for the worker's turn and emits its results.
func (w *worker[In, Out]) flush(ctx context.Context) error {
	if !w.inTurn {
		if err := w.turn.hold(ctx, &w.atOutput); err != nil {
			return err
		}
		w.inTurn = true
	}
	return w.emit(ctx)
}

func (w *worker[In, Out]) emit(ctx context.Context) error {
	for w.emitted < len(w.results) {
		r := w.results[w.emitted]
		w.emitted++ // r is the link's, also if it refuses it
		if err := w.out.send(ctx, r); err != nil {
			return err
		}
	}
	clear(w.results)
	w.results, w.emitted = w.results[:0], 0
	return nil
}

// passOn gives the turn to the worker that took the grain after this one, and
// keeps the empty token for later.
func (w *worker[In, Out]) passOn() {
	clear(w.items)
	if w.ordered {
		w.mine.pass()
		w.mine = w.turn
	}
}

// abandon drops what the worker took and did not begin, and what it computed
// and did not emit.
func (w *worker[In, Out]) abandon() {
	rest := w.items[w.begun:]
	w.in.back.Add(int64(len(rest)))
	w.in.drop.all(rest)
	if w.out != nil {
		w.out.drop.all(w.results[w.emitted:])
	}
}
