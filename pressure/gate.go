package pressure

import (
	"container/list"
	"context"
	"sync"
)

// Gate bounds how many streams run at once, with a width that may be changed
// while it is used. Those who wait are let through in the order in which they
// came. Width 0 lets nobody through, which is a pause; making it narrower never
// touches those who are through already: they are only not replaced until fewer
// are left than the width. The zero value has width 0.
//
// x/sync/semaphore has a fixed size; resizing it by holding some of its weight
// back would need a goroutine that waits for that weight.
type Gate struct {
	mu      sync.Mutex // guards what follows
	width   int
	held    int
	waiting list.List // of chan struct{}, closed when its owner is through
}

// GateStats is the state of a [Gate] at one moment.
type GateStats struct {
	Width   int // may be through at once
	Held    int // are through; more than Width after it was made narrower
	Waiting int
}

// NewGate makes a Gate of this width; a negative one is 0.
func NewGate(width int) *Gate { return &Gate{width: max(0, width)} }

// Acquire waits until the caller may go through, and must be followed by
// Release. It returns the cause of ctx when that ends first; nothing is held
// then.
func (g *Gate) Acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	g.mu.Lock()
	if g.held < g.width { // then nobody waits, or admitLocked would have let them through
		g.held++
		g.mu.Unlock()
		return nil
	}
	through := make(chan struct{})
	place := g.waiting.PushBack(through)
	g.mu.Unlock()

	select {
	case <-through:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-through: // let through and cancelled at once: give the place to the next
		g.held--
		g.admitLocked()
	default:
		g.waiting.Remove(place)
	}
	return context.Cause(ctx)
}

// Renew reports whether the caller, who is through, may stay for another turn: it
// may unless more are through than the width allows, and then its place has been
// given back. Staying is what makes a turn cheap, so it makes no room for those
// who wait.
func (g *Gate) Renew() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held <= g.width {
		return true
	}
	g.held--
	return false
}

// Release ends what Acquire began. It panics when nobody is through.
func (g *Gate) Release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == 0 {
		panic("pressure: Gate.Release without Acquire")
	}
	g.held--
	g.admitLocked()
}

// SetWidth changes how many may be through at once; a negative width is 0. It
// may be called at any time and takes effect at once.
func (g *Gate) SetWidth(width int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.width = max(0, width)
	g.admitLocked()
}

// Stats is the state now.
func (g *Gate) Stats() GateStats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return GateStats{Width: g.width, Held: g.held, Waiting: g.waiting.Len()}
}

// Held is how many are through now: a gauge for [Gauges].Streams.
func (g *Gate) Held() int { return g.Stats().Held }

// admitLocked lets through whom the width has room for, first come first.
func (g *Gate) admitLocked() {
	for g.held < g.width {
		first := g.waiting.Front()
		if first == nil {
			return
		}
		close(g.waiting.Remove(first).(chan struct{}))
		g.held++
	}
}
