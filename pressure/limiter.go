package pressure

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Rates are limits of what passes in a second; 0 means no limit.
type Rates struct {
	Bytes      int64
	Operations int
}

// Validate reports every rate that is negative, an [OptionError] each.
func (r Rates) Validate() error {
	return errors.Join(
		checkLeast("Bytes", r.Bytes, 0),
		checkLeast("Operations", r.Operations, 0),
	)
}

// Limiter holds what passes to a number of bytes and of operations a second, for
// all its users together. What is set is a hard cap, never exceeded but for the
// 100 ms worth that an idle while saves up; under pressure the limiter goes
// below it by itself, and comes back (see [NewLimiter]). It may be set while it
// is used: those who wait follow within 50 ms. The zero value limits nothing and
// adapts to nothing.
type Limiter struct {
	limits  func() Limits // nil: no pressure is known
	limited atomic.Bool
	waited  atomic.Int64 // nanoseconds, of all callers
	turn    Gate         // one drawer at a time, the others in the order they came

	mu         sync.Mutex // guards what follows
	set        Rates
	bytes      *bucket // nil: no limit
	operations *bucket // nil: no limit
	adaptive   adaptive
}

// NewLimiter makes a Limiter with these rates that adapts to the limits in force:
// pass [Monitor.Limits], or nil for a limiter that does not adapt.
//
// When a level rises, each rate that is set is multiplied by the limits'
// multiplier; afterwards it climbs back, additively, to what the multiplier in
// force leaves of its cap. An operation limit starts at 10 a second and stays
// between 1 and the cap, or starts at a fifth of a cap above 50, and is at most 5
// and 2 while memory is at warning and critical.
// A rate that is not set stays without limit, whatever the pressure.
func NewLimiter(r Rates, limits func() Limits) (*Limiter, error) {
	l := &Limiter{limits: limits}
	if err := l.Set(r); err != nil {
		return nil, err
	}
	return l, nil
}

// Set replaces the rates. It may be called at any time.
func (l *Limiter) Set(r Rates) error {
	if err := r.Validate(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.limits == nil {
		l.adaptive = adaptive{bytes: float64(r.Bytes), operations: float64(r.Operations)}
	} else {
		l.adaptive.reset(now, l.set, r)
	}
	l.set = r
	l.refillLocked(now)
	l.turn.SetWidth(1)
	l.limited.Store(r != Rates{})
	return nil
}

// Limited reports whether any rate is set, for the price of an atomic load.
func (l *Limiter) Limited() bool { return l.limited.Load() }

// Wait returns when one operation of n bytes may begin: at once when nothing is
// set, without a look at ctx, for the price of an atomic load. n may exceed what
// passes in a second; 0 or less counts as an operation without bytes. It returns
// the cause of ctx when that ends first; what was drawn until then is gone.
func (l *Limiter) Wait(ctx context.Context, n int) error {
	if !l.Limited() {
		return nil
	}
	begin := time.Now()
	defer func() { l.waited.Add(int64(time.Since(begin))) }()
	if err := l.turn.Acquire(ctx); err != nil {
		return err
	}
	defer l.turn.Release()
	if err := l.drawAll(ctx, 1, func() *bucket { return l.operations }); err != nil {
		return err
	}
	return l.drawAll(ctx, n, func() *bucket { return l.bytes })
}

// drawAll draws n tokens, in as many pieces as it takes. Which bucket, and its
// rate, may change between two pieces.
func (l *Limiter) drawAll(ctx context.Context, n int, from func() *bucket) error {
	for n > 0 {
		taken, wait := l.drawSome(n, from)
		n -= taken
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// drawSome draws first and adapts then: what came in before a change came in at
// the rate before it.
func (l *Limiter) drawSome(n int, from func() *bucket) (taken int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	taken = n
	if b := from(); b != nil {
		taken, wait = b.draw(now, n)
	}
	if l.limits != nil && l.adaptive.due(now) {
		l.adaptive.step(now, l.set, l.limits())
		l.refillLocked(now)
	}
	return taken, wait
}

// refillLocked brings the buckets to the rates in force.
func (l *Limiter) refillLocked(now time.Time) {
	l.bytes = setBucket(now, l.bytes, l.adaptive.bytes)
	l.operations = setBucket(now, l.operations, l.adaptive.operations)
}

func setBucket(now time.Time, b *bucket, perSecond float64) *bucket {
	switch {
	case perSecond == 0:
		return nil
	case b == nil:
		return newBucket(now, perSecond)
	default:
		b.set(now, perSecond)
		return b
	}
}

// LimiterStats is the state of a [Limiter] at one moment.
type LimiterStats struct {
	Set        Rates   // the caps
	Bytes      float64 // a second, in force; 0 when there is no limit
	Operations float64 // a second, in force; 0 when there is no limit
	Waiting    int     // callers behind the one whose turn it is
	// Waited is the time that all callers together have lost here so far.
	Waited time.Duration
}

// Stats is the state now.
func (l *Limiter) Stats() LimiterStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LimiterStats{
		Set:        l.set,
		Bytes:      l.adaptive.bytes,
		Operations: l.adaptive.operations,
		Waiting:    l.turn.Stats().Waiting,
		Waited:     time.Duration(l.waited.Load()),
	}
}
