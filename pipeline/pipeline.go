package pipeline

import (
	"errors"
	"fmt"
	"log/slog"
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
	p := &Pipeline{name: name, opts: o, dropping: make(chan struct{}, 1)}
	if o.Grace < 0 {
		p.fault("Options.Grace is %v: it must not be negative", o.Grace)
	}
	if o.Log == nil {
		p.opts.Log = slog.New(slog.DiscardHandler)
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

// fault keeps what is wrong with the wiring until Run reports it.
func (p *Pipeline) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf(format, args...))
}

// begin claims the one run that a pipeline has, and reports every fault of its
// wiring together.
func (p *Pipeline) begin() error {
	if !p.begun.CompareAndSwap(false, true) {
		return fmt.Errorf("pipeline %q: it has been run before; build a new one", p.name)
	}
	faults := p.faults
	if len(p.nodes) == 0 {
		faults = append(faults, errors.New("it has no stages"))
	}
	seen := make(map[string]bool)
	for _, n := range p.nodes {
		if seen[n.name] {
			faults = append(faults, fmt.Errorf("stage %q: the name is taken by another stage", n.name))
		}
		seen[n.name] = true
		for i, out := range n.outs {
			if out.wiring().to != nil {
				continue
			}
			if len(n.outs) == 1 {
				faults = append(faults, fmt.Errorf("stage %q: nothing consumes its stream", n.name))
			} else {
				faults = append(faults, fmt.Errorf("stage %q: nothing consumes its stream %d of %d", n.name, i+1, len(n.outs)))
			}
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("pipeline %q: %w", p.name, errors.Join(faults...))
	}
	return nil
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
