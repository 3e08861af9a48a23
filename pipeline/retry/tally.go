package retry

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// tally is what has failed since the operation last got further than ever.
type tally struct {
	furthest int64
	attempts int
	series   map[Class]*series
}

// series is what is left of the policy of one class. Each class has its own, so
// that the first failure for want of memory is not the last one because the
// network failed before it.
type series struct {
	retries int
	waits   *backoff.ExponentialBackOff
}

func newTally(position int64) tally {
	return tally{furthest: position, series: map[Class]*series{}}
}

// reached begins anew when the operation has got further than ever. That it got
// further than the last time is not enough: two attempts that fall back to the
// same checkpoint in turn could then go on for ever.
func (t *tally) reached(position int64) {
	if position > t.furthest {
		*t = newTally(position)
	}
}

// failed counts a failure of this class, and returns how long to wait and
// whether to try again at all.
func (t *tally) failed(class Class, policy func(Class) Policy) (wait time.Duration, again bool) {
	t.attempts++
	s, begun := t.series[class]
	if !begun {
		p := policy(class)
		s = &series{retries: p.Attempts - 1, waits: p.waits()}
		t.series[class] = s
	}
	if s.retries < 1 {
		return 0, false
	}
	s.retries--
	return s.waits.NextBackOff(), true
}
