package pipeline

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// grain is a run of consecutive items that one worker has taken, and their
// results.
type grain[In, Out any] struct {
	items []In
	// claims holds how many of the items have been begun, in its upper half, and
	// how many belong to the grain, in its lower. As one word, the owner can take
	// the next item and another worker take the last ones without a lock.
	claims atomic.Uint64

	next *grain[In, Out] // whose turn is after this one's; guarded by line.mu
	came chan struct{}   // one signal: its own turn has come

	results []Out // room for all
	// kept counts the results that were computed before the turn came, and is
	// inTurn when it has. As one word, a result is kept or the turn has come.
	kept    atomic.Int64
	emitted int // of those that were kept; belongs to the worker before, until the turn has come
}

const (
	one    = 1 << 32 // item begun, in claims
	inTurn = -1      // in kept
)

// counts takes claims apart.
func counts(claims uint64) (begun, n int) { return int(claims >> 32), int(claims & (one - 1)) }

func newGrain[In, Out any]() *grain[In, Out] { return &grain[In, Out]{came: make(chan struct{}, 1)} }

// fill makes items those of the grain.
func (g *grain[In, Out]) fill(items []In) {
	g.items = append(g.items[:0], items...)
	g.results = slices.Grow(g.results[:0], len(items))[:len(items)]
	g.emitted = 0
	g.kept.Store(0)
	g.claims.Store(uint64(len(items)))
}

// claim returns the next item to work on.
func (g *grain[In, Out]) claim() (v In, ok bool) {
	begun, n := counts(g.claims.Add(one))
	if begun > n {
		return v, false
	}
	return g.items[begun-1], true
}

// rest returns how many items nobody has begun.
func (g *grain[In, Out]) rest() int {
	begun, n := counts(g.claims.Load())
	return max(0, n-begun)
}

// split moves the later half of the items that nobody has begun into to. Called
// with line.mu held, so that the items are not replaced under its hands.
func (g *grain[In, Out]) split(to *grain[In, Out]) bool {
	for {
		c := g.claims.Load()
		begun, n := counts(c)
		if begun >= n {
			return false
		}
		half := (n - begun + 1) / 2
		if g.claims.CompareAndSwap(c, c-uint64(half)) { //nolint:gosec // 0 < half ≤ n, the lower part of c
			to.fill(g.items[n-half : n])
			return true
		}
	}
}

// keep stores a result until its turn comes, unless it has: then it reports
// false, and the result is to be emitted.
func (g *grain[In, Out]) keep(r Out) bool {
	n := g.kept.Load()
	if n == inTurn {
		return false
	}
	g.results[n] = r
	if g.kept.CompareAndSwap(n, n+1) {
		return true
	}
	clear(g.results[n : n+1]) // it is the caller's, and not to be held by the grain
	return false
}

// pop returns the next result that was kept. If there is none left the turn
// has come.
func (g *grain[In, Out]) pop() (r Out, ok bool) {
	for {
		n := g.kept.Load()
		if g.emitted < int(n) {
			r = g.results[g.emitted]
			clear(g.results[g.emitted : g.emitted+1]) // nor is what has gone
			g.emitted++
			return r, true
		}
		if g.kept.CompareAndSwap(n, inTurn) {
			g.came <- struct{}{} // there is room: the turn comes once
			return r, false
		}
	}
}

// turn waits until the turn has come.
func (g *grain[In, Out]) turn(ctx context.Context, watch *stopwatch) error {
	select {
	case <-g.came:
		return nil
	default:
	}
	watch.begin()
	defer watch.end()
	select {
	case <-g.came:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// left returns the items that nobody has begun and the results that were kept
// and not emitted, once nobody works on the grain any more.
func (g *grain[In, Out]) left() ([]In, []Out) {
	begun, n := counts(g.claims.Load())
	kept := max(g.emitted, int(g.kept.Load()))
	return g.items[min(begun, n):n], g.results[g.emitted:kept]
}

// line is the order of the grains that are being worked on. The first of them
// is the one whose turn it is.
type line[In, Out any] struct {
	mu     sync.Mutex // never held while blocking; guards the fields below
	grains []*grain[In, Out]
	last   *grain[In, Out]
}

// join puts g at the end.
func (l *line[In, Out]) join(g *grain[In, Out]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		g.pop() // there is nobody to wait for, and nothing kept
	} else {
		l.last.next = g
	}
	l.last = g
}

// leave takes out g, the first, and returns the one whose turn is next.
func (l *line[In, Out]) leave(g *grain[In, Out]) *grain[In, Out] {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := g.next
	g.next = nil
	if next == nil {
		l.last = nil
	}
	return next
}

// share fills g with half of what the worker with the most to do has not begun,
// and gives it the place behind. It reports false when everything is begun.
func (l *line[In, Out]) share(g *grain[In, Out]) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		most := slices.MaxFunc(l.grains, func(a, b *grain[In, Out]) int { return a.rest() - b.rest() })
		if most.rest() == 0 {
			return false
		}
		if most.split(g) { // otherwise its owner was faster
			l.insert(g, most)
			return true
		}
	}
}

// insert gives g the place behind another, if there is an order to keep.
func (l *line[In, Out]) insert(g, behind *grain[In, Out]) {
	if l.last == nil {
		return
	}
	g.next, behind.next = behind.next, g
	if l.last == behind {
		l.last = g
	}
}
