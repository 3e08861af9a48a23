package pressure

import "time"

const (
	// margin is by how many points of 100 a figure must be below where a level
	// begins before the level falls.
	margin = 5
	// hold is for how long it must have been so.
	hold = time.Second
)

// falling keeps a level up for a while: it rises at once and falls late, so
// that a figure which wavers about a threshold moves it once and not forever.
type falling[L ~int8] struct {
	level   L
	waiting bool      // a fall is due at since + hold
	since   time.Time // when the figure was last above what it would fall to
	lowest  L         // the highest level called for since then: where it falls to
}

// step takes the level of the figure as it is, and that of the figure with the
// margin added, which is never lower.
func (f *falling[L]) step(now time.Time, plain, withMargin L) L {
	switch {
	case plain > f.level:
		f.level, f.waiting = plain, false
	case withMargin >= f.level:
		f.waiting = false
	case !f.waiting || withMargin > f.lowest:
		f.waiting, f.since, f.lowest = true, now, withMargin
	case now.Sub(f.since) >= hold:
		f.level, f.waiting = f.lowest, false
	}
	return f.level
}
