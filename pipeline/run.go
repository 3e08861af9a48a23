package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"runtime/pprof"
	"slices"
	"sync/atomic"
)

// Run runs the pipeline and returns when nothing of it runs any more: no
// goroutine, and no item that has not been received or dropped. It returns nil
// when every stream was finished or no longer wanted, the *StageError of the
// stage that failed first, or, when ctx ended the run, its cause. Faults of the
// wiring are returned together, before anything starts. A pipeline runs once.
func (p *Pipeline) Run(ctx context.Context) error {
	if err := p.begin(nil); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r := newRun(p)
	own, fail := context.WithCancelCause(ctx)
	r.fail = fail
	r.start(own, nil)
	return r.join(own, ctx)
}

// The labels that a stage's goroutines bear in profiles.
const (
	labelPipeline = "pipeline"
	labelStage    = "stage"
)

// run is one run of a pipeline.
type run struct {
	p    *Pipeline
	fail context.CancelCauseFunc // ends the run; the first cause stands

	news  chan struct{} // one signal: a stage has ended; nil without a grace
	done  chan struct{} // closed when all stages have ended
	left  atomic.Int64  // stages that have not
	state atomic.Int32  // running, joined or abandoned
}

// How a run can end: one of the two, and whoever comes second drops what is
// left in the links.
const (
	joined    = 1 + iota // the last stage ended before the grace
	abandoned            // Run returned without waiting for it
)

func newRun(p *Pipeline) *run {
	r := &run{p: p, done: make(chan struct{})}
	if p.opts.Grace > 0 {
		r.news = make(chan struct{}, 1)
	}
	return r
}

// start gives every stage its context and a goroutine, except here, the one
// that the caller runs itself: its context is returned.
func (r *run) start(ctx context.Context, here *node) context.Context {
	r.left.Store(int64(len(r.p.nodes)))
	var ctxs []context.Context // all of them first: a stage may stop another at once
	for _, n := range r.p.nodes {
		ctxs = append(ctxs, n.scope(ctx))
	}
	for i, n := range r.p.nodes {
		if n != here {
			go r.stage(ctxs[i], n)
		}
	}
	if i := slices.Index(r.p.nodes, here); i >= 0 {
		r.enter(ctxs[i], here)
		return ctxs[i]
	}
	return ctx
}

// stage is the life of a stage's goroutine.
func (r *run) stage(ctx context.Context, n *node) {
	labelled := pprof.WithLabels(ctx, pprof.Labels(labelPipeline, r.p.name, labelStage, n.name))
	pprof.SetGoroutineLabels(labelled)
	r.enter(ctx, n)
	guard(func() error { return n.run(labelled) }, func(err error) { r.leave(ctx, n, err) })
}

func (r *run) enter(ctx context.Context, n *node) {
	n.active.begin()
	n.started.Store(true)
	r.p.opts.Log.DebugContext(ctx, "stage started", "pipeline", r.p.name, "stage", n.name)
}

// leave ends a stage that returned err: upward, that nobody listens; downward,
// that no more will come.
func (r *run) leave(ctx context.Context, n *node, err error) {
	how := r.judge(ctx, n, err)
	for _, in := range n.ins {
		in.leave()
	}
	for _, out := range n.outs {
		out.wiring().broken.Store(how == cutShort)
		out.seal(ctx)
	}
	n.stop()
	n.active.end()
	n.ended.Store(true)
	if log := r.p.opts.Log; log.Enabled(ctx, slog.LevelDebug) {
		log.DebugContext(ctx, "stage ended", "pipeline", r.p.name, "stage", n.name, slog.Any("error", err))
	}
	if r.left.Add(-1) > 0 {
		select {
		case r.news <- struct{}{}:
		default:
		}
		return
	}
	if r.state.CompareAndSwap(0, joined) {
		close(r.done)
		return
	}
	r.drain()
}

// judge ends the run when err is a failure of the stage's own, and says
// whether its output is whole.
func (r *run) judge(ctx context.Context, n *node, err error) ending {
	how, noFailure := finished, []error{ErrStop}
	if ended := ctx.Err(); ended != nil {
		how, noFailure = cutShort, append(noFailure, ended, context.Cause(ctx))
	}
	if err == nil || isOnly(err, noFailure...) {
		return how // also of a stage that hides why it had to end
	}
	failure := &StageError{Stage: n.name, Err: err}
	r.fail(failure)
	r.halt()
	if context.Cause(ctx) != error(failure) { //nolint:errorlint // identity: was ours the first?
		r.p.opts.Log.WarnContext(ctx, "stage failed after the run had ended",
			"pipeline", r.p.name, "stage", n.name, slog.Any("error", err))
	}
	return cutShort
}

// halt makes every stage see that the run has ended: first in its context, also
// of those that a cancellation under way has not come to, then at its next item.
func (r *run) halt() {
	for _, n := range r.p.nodes {
		n.stop()
	}
	for _, n := range r.p.nodes {
		n.halt()
	}
}

func (r *run) drain() {
	for _, n := range r.p.nodes {
		for _, out := range n.outs {
			out.drain()
		}
	}
}

// join waits for the stages, drops what they left and returns the outcome. ctx is
// the run's, and made of the caller's.
func (r *run) join(ctx, caller context.Context) error {
	late := r.await(ctx, caller)
	var err error
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	} else {
		r.fail(nil)
	}
	if late != nil {
		if early := (*GraceError)(nil); errors.As(err, &early) {
			err = nil // late says it, and of more stages
		}
		return errors.Join(err, late)
	}
	r.drain()
	return r.p.withMishaps(err)
}
