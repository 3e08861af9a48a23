package pressure

import "time"

const (
	// margin is by how many points of 100 a figure must be below where a level
	// begins before the level falls.
	margin = 5
	// hold is for how long it must have been so.
	hold = time.Second
	// relapse is within what time after a fall a rise says that the fall was a
	// mistake: it is held twice as long the next time, for longestHold at most.
	relapse     = 10 * time.Second
	longestHold = 30 * time.Second
)

// falling keeps a level up for a while: it rises at once and falls late, so
// that a figure which wavers about a threshold moves it once and not forever.
//
// Some figures are moved by the level itself: fewer streams score fewer points,
// the level falls, more streams start, and it rises again. For those the hold
// doubles at each relapse, so that the level settles where the pressure is.
type falling[L ~int8] struct {
	level   L
	waiting bool          // a fall is due at since + held
	since   time.Time     // when the figure was last above what it would fall to
	lowest  L             // the highest level called for since then: where it falls to
	held    time.Duration // for this long; 0 means hold
	fell    time.Time     // last
}

// step takes the level of the figure as it is, and that of the figure with the
// margin added, which is never lower.
func (f *falling[L]) step(now time.Time, plain, withMargin L) L {
	switch {
	case plain > f.level:
		f.rise(now, plain)
	case withMargin >= f.level:
		f.waiting = false
	case !f.waiting || withMargin > f.lowest:
		f.waiting, f.since, f.lowest = true, now, withMargin
	case now.Sub(f.since) >= max(hold, f.held):
		f.level, f.waiting, f.fell = f.lowest, false, now
	}
	return f.level
}

func (f *falling[L]) rise(now time.Time, to L) {
	f.level, f.waiting = to, false
	switch {
	case now.Sub(f.fell) >= relapse:
		f.held = hold
	default:
		f.held = min(2*max(hold, f.held), longestHold)
	}
}

// forget makes the next fall wait no longer than any.
func (f *falling[L]) forget() { f.held = hold }
