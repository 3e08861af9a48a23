package pipeline

import (
	"context"
	"sync/atomic"
	"time"
)

// node is a stage without its types: what the run, the statistics and the
// drawings need of it.
type node struct {
	name    string
	p       *Pipeline
	workers int
	run     func(ctx context.Context) error

	ins  []inPort
	outs []outPort

	// stop ends the stage's context, and reports whether it had not ended before.
	// Set by the run before any stage starts.
	stop func() bool
	// wanted counts the outputs whose consumers have not left.
	wanted atomic.Int32
	// told is when the stage was asked to stop, nil while it has not been.
	told atomic.Pointer[time.Time]

	started, ended atomic.Bool
	// active counts the workers that there are; atInput and atOutput those that
	// wait for one another, for their place at the input or their turn to emit.
	active, atInput, atOutput stopwatch
}

// inPort is the consumer's end of a link, outPort the producer's.
type (
	inPort interface {
		wiring() *wire
		leave() // the consumer has gone: tell the producer, drop what it left
	}
	outPort interface {
		wiring() *wire
		seal(ctx context.Context) // no more items will come
		drain()                   // drop what is left
	}
)

// newNode adds a stage to p. A nil p is a fault of its own pipeline, which the
// following stages then carry to Run.
func newNode(p *Pipeline, kind, name string) *node {
	if p == nil {
		p = New("")
		p.fault("stage %q: its pipeline is nil", name)
	}
	if name == "" {
		p.fault("a stage made by %s has no name", kind)
	}
	p.withDefaults()
	n := &node{name: name, p: p, workers: 1}
	p.nodes = append(p.nodes, n)
	return n
}

// scope makes the context of the stage.
func (n *node) scope(ctx context.Context) context.Context {
	own, cancel := context.WithCancelCause(ctx)
	n.stop = func() bool {
		if own.Err() != nil {
			return false
		}
		cause := ErrStop
		if ctx.Err() != nil {
			// The run has ended, and the news is on its way to this context: a
			// consumer that had it first must not hide the cause.
			cause = context.Cause(ctx)
		}
		cancel(cause)
		return true
	}
	return own
}

// halt makes the stage see that its context has ended at its next item.
func (n *node) halt() {
	for _, in := range n.ins {
		in.wiring().cut.Store(true)
	}
	for _, out := range n.outs {
		out.wiring().shut.Store(true)
	}
}

func (n *node) fault(what string) { n.p.fault("stage %q: %s", n.name, what) }

// given says whether the caller of an operator gave it a function.
type given bool

// needs records a fault when the function that the caller gave is nil.
func (n *node) needs(function given) {
	if !function {
		n.fault("its function is nil")
	}
}

// outputLeft is called by each consumer of the stage that leaves. With the
// last of them the stage is asked to stop.
func (n *node) outputLeft() {
	if n.wanted.Add(-1) == 0 {
		n.askToStop()
	}
}

func (n *node) askToStop() {
	if !n.stop() {
		return // the run has ended, and whoever ended it tells the links
	}
	now := time.Now()
	n.told.Store(&now)
	n.halt()
}
