package pipeline

import "context"

// A Gate bounds how many workers are at work at once, with a bound of its own
// that may change while they are: pressure.Gate is one. It is called from all
// workers at once.
type Gate interface {
	// Acquire waits for a place, or until ctx ends, and then returns its cause.
	Acquire(ctx context.Context) error
	// Renew says whether who has a place may keep it for another item. When it
	// says no, it has taken the place back.
	Renew() bool
	// Release gives a place back.
	Release()
}

// Gated lets the workers of a [Map] or [Each] take items only as long as they
// have a place in the gate, so that fewer than Workers(n) may be at work. An item
// that a worker has taken is worked on whatever becomes of the gate. While the
// gate lets nobody in, nothing is taken, and the stage before is held back by a
// full link.
func Gated(g Gate) Option {
	o := Option{kind: optGated, set: func(s *settings) { s.gate = g }}
	if g == nil {
		o.fault = "Gated: the gate is nil"
	}
	return o
}

// pass is a worker's place in the gate of its stage.
type pass struct {
	gate Gate // nil where there is none
	held bool
}

// good comes before every grain: with a place that is still held it costs next to
// nothing, so that items which take a microsecond can be gated.
func (p *pass) good() bool {
	if p.gate == nil {
		return true
	}
	p.held = p.held && p.gate.Renew()
	return p.held
}

func (p *pass) get(ctx context.Context, watch *stopwatch) error {
	watch.begin()
	defer watch.end()
	if err := p.gate.Acquire(ctx); err != nil {
		return err
	}
	p.held = true
	return nil
}

func (p *pass) give() {
	if p.held {
		p.held = false
		p.gate.Release()
	}
}
