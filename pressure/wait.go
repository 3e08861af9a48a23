package pressure

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrPaused is what [Monitor.Wait] wraps when a pause has outlasted
// Options.MaxPause.
var ErrPaused = errors.New("pressure: paused for longer than allowed")

// wholeDelay is how many bytes a stream must have left to be held up for a level's
// whole delay: the largest chunk. Files of 20 KiB that each waited as long as a chunk
// would come to some dozens a second at LIGHT, which a process may be in for nothing
// but its own memory.
const wholeDelay = 1 << 20

// Wait holds up the caller, who is about to read and has n bytes left, as the limits
// in force ask: through a pause until it ends, and then for the level's delay, or its
// part of it where n is below 1 MiB. It returns how long that was. While nothing is
// wrong it costs one atomic load. It returns the cause of ctx when that ends first.
func (m *Monitor) Wait(ctx context.Context, n int64) (time.Duration, error) {
	force := m.force.Load()
	if force == nil || (force.Delay.Max <= 0 && !force.Paused()) {
		return 0, nil
	}
	waited, err := m.Pause(ctx)
	if err != nil {
		return waited, err
	}
	begin := time.Now()
	part := float64(min(max(n, 0), wholeDelay)) / wholeDelay
	err = sleep(ctx, time.Duration(part*float64(m.Limits().Delay.Draw())))
	return waited + time.Since(begin), err
}

// Pause holds up the caller, who has a chunk already, until nothing is paused. It
// is Wait without the delay.
func (m *Monitor) Pause(ctx context.Context) (time.Duration, error) {
	force := m.force.Load()
	if force == nil || !force.Paused() {
		return 0, nil
	}
	begin := time.Now()
	err := m.sitOut(ctx, begin)
	return time.Since(begin), err
}

// sitOut returns when nothing is paused.
func (m *Monitor) sitOut(ctx context.Context, begin time.Time) error {
	var tooLong <-chan time.Time // never ready without a bound
	for {
		force := m.force.Load()
		if !force.Paused() {
			return nil
		}
		if tooLong == nil && m.options.MaxPause > 0 {
			timer := time.NewTimer(m.options.MaxPause)
			defer timer.Stop()
			tooLong = timer.C
		}
		select {
		case <-force.replaced:
		case <-tooLong:
			return fmt.Errorf("%w: %v: %s", ErrPaused, time.Since(begin).Round(time.Millisecond), force.Reason)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// sleep returns after d, or before it with the cause of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
