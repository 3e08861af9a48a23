package cleanup

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"time"
)

const (
	sweepInterval = 30 * time.Second
	// scarce is the memory usage above which Normal resources go too.
	scarce = 0.80
)

// Run sweeps s every 30 s until ctx ends, and hands the errors of each sweep to
// failed, which may be nil. Keeping them for Close would not do: this may run
// for months.
func (s *Scope) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Sweep(ctx); err != nil && failed != nil {
			failed(err)
		}
	}
}

// Sweep releases what is due in s and below, see [Priority]: Immediate first,
// Deferred last, within a priority the longest idle first. It returns how many
// it has released, and their errors. When ctx ends, what is left waits for the
// next sweep.
func (s *Scope) Sweep(ctx context.Context) (n int, err error) {
	var candidates []*Handle
	for p := Immediate; p <= Deferred; p++ {
		candidates = append(candidates, s.idle(p)...)
	}
	return reclaim(ctx, candidates, (*Handle).dueLocked)
}

// Emergency releases what is idle in s and below, due or not: all that is
// Deferred, then all that is Low and, when usage is above 0.80, then half of what
// is Normal and idle, rounded down. Within a priority the longest idle goes
// first. usage is the memory in use as a fraction of what may be. Where anything
// went, the memory is collected and given back to the system, which takes some
// milliseconds. It returns as Sweep does.
func (s *Scope) Emergency(ctx context.Context, usage float64) (n int, err error) {
	candidates := slices.Concat(s.idle(Deferred), s.idle(Low))
	if usage > scarce {
		normal := s.idle(Normal)
		candidates = append(candidates, normal[:len(normal)/2]...)
	}
	n, err = reclaim(ctx, candidates, (*Handle).idleLocked)
	if n > 0 {
		debug.FreeOSMemory() // it stays in the resident set otherwise, and the emergency with it
	}
	return n, err
}

// idle is what of a priority nobody leases in s and below, the longest idle
// first.
func (s *Scope) idle(p Priority) []*Handle {
	defer s.lock().Unlock()
	var found []*Handle
	s.eachLocked(func(h *Handle) {
		if h.resource.Priority == p && h.idleLocked() {
			found = append(found, h)
		}
	})
	slices.SortStableFunc(found, func(a, b *Handle) int { return a.idleSince.Compare(b.idleSince) })
	return found
}

// reclaim releases those candidates that are as wanted when their turn comes:
// the releases before may have taken long, and they may have been leased since.
func reclaim(ctx context.Context, candidates []*Handle, want func(*Handle) bool) (n int, err error) {
	var errs []error
	for _, h := range candidates {
		if ctx.Err() != nil {
			break
		}
		if h.take(want) {
			n++
			errs = append(errs, h.release(ctx))
		}
	}
	return n, errors.Join(errs...)
}

// eachLocked calls f with what is in s and then below.
func (s *Scope) eachLocked(f func(*Handle)) {
	for e := s.handles.Front(); e != nil; e = e.Next() {
		f(e.Value.(*Handle))
	}
	for e := s.children.Front(); e != nil; e = e.Next() {
		e.Value.(*Scope).eachLocked(f)
	}
}
