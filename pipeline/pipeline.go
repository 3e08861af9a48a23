package pipeline

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the settings of a whole pipeline. The zero value is ready to use.
type Options struct {
	// Log is told, at level Debug, when a stage starts and ends, and, at level
	// Warn, of failures after the first. Nil means silence.
	Log *slog.Logger

	// Grace is how long a stage may go on after its context is done. When it
	// is over Run returns without the stage, with a *GraceError that names it.
	// Zero waits for ever.
	Grace time.Duration
}

// New returns an empty pipeline with these options.
func (o Options) New(name string) *Pipeline {
	p := &Pipeline{name: name, opts: o}
	if o.Grace < 0 {
		p.fault("Options.Grace is %v: it must not be negative", o.Grace)
	}
	return p
}

// A Pipeline is a graph of stages joined by links. It is built by one
// goroutine, with [From], [Via] and the rest, and then run once, by Run or
// [All]. While it runs, Stats, Fill, String and Dot may be called from any
// goroutine.
type Pipeline struct {
	name   string
	opts   Options
	nodes  []*node
	faults []error
	begun  atomic.Bool

	// dropping is held while an item is dropped: Drop functions are easier to
	// write when they never run at once, and their cost is that of an exit. It
	// is a channel because what it is held across is not ours.
	dropping chan struct{}

	mu      sync.Mutex // guards mishaps
	mishaps []error    // what went wrong while dropping items
}

// New returns an empty pipeline. Its name stands in errors, profiles and
// statistics.
func New(name string) *Pipeline { return Options{}.New(name) }

// withDefaults makes the zero Pipeline, too, one that can be built on.
func (p *Pipeline) withDefaults() {
	if p.opts.Log == nil {
		p.opts.Log = slog.New(slog.DiscardHandler)
	}
	if p.dropping == nil {
		p.dropping = make(chan struct{}, 1)
	}
}

// fault keeps what is wrong with the wiring until Run reports it.
func (p *Pipeline) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf(format, args...))
}

// begin reports every fault of the wiring together, or claims the one run that
// a pipeline has. The stage here, if any, is run by the caller.
func (p *Pipeline) begin(here *node) error {
	faults := slices.Clone(p.faults)
	if len(p.nodes) == 0 {
		faults = append(faults, errors.New("it has no stages"))
	}
	seen := make(map[string]bool)
	for _, n := range p.nodes {
		if seen[n.name] {
			faults = append(faults, fmt.Errorf("stage %q: another stage has that name", n.name))
		}
		seen[n.name] = true
		if n.run == nil && n != here {
			faults = append(faults, fmt.Errorf("stage %q: it is a loop over All, which has to be ranged over", n.name))
		}
		faults = append(faults, n.loose()...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("pipeline %q: %w", p.name, errors.Join(faults...))
	}
	if !p.begun.CompareAndSwap(false, true) {
		return fmt.Errorf("pipeline %q: it has been run before; build a new one", p.name)
	}
	return nil
}

// loose returns the outputs that nothing consumes, as faults.
func (n *node) loose() []error {
	var faults []error
	for i, out := range n.outs {
		switch {
		case out.wiring().to != nil:
		case len(n.outs) == 1:
			faults = append(faults, fmt.Errorf("stage %q: nothing consumes its stream", n.name))
		default:
			faults = append(faults, fmt.Errorf("stage %q: nothing consumes its stream %d of %d", n.name, i+1, len(n.outs)))
		}
	}
	return faults
}

// mishap keeps an error of the cleaning up until the run ends. It does not end
// the run: what was being dropped had no further part in it.
func (p *Pipeline) mishap(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mishaps = append(p.mishaps, err)
}

func (p *Pipeline) withMishaps(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mishaps) == 0 {
		return err
	}
	return errors.Join(append([]error{err}, p.mishaps...)...)
}
