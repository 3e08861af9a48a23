package pressure

import (
	"math"
	"time"
)

const (
	// adaptEvery is the time of one additive step: the monitor's own interval.
	adaptEvery = 250 * time.Millisecond
	// climbSteps is in how many steps a byte rate comes back from nothing: 5 s.
	climbSteps = 20

	// The bounds of operations a second. Where more than the most is asked for, it is
	// that, and start and climb are the same parts of it: what a user has set is the
	// cap, and none below it that nobody asked for.
	leastOperations = 1
	startOperations = 10
	mostOperations  = 50
	climbOperations = 1 // a step
)

// scaled is so many operations of mostOperations as a part of what is set.
func scaled(operations float64, set int) float64 {
	return operations * max(1, float64(set)/mostOperations)
}

// adaptive is the rates in force, between pressure and what was set: additive
// increase, multiplicative decrease. It has no clock.
type adaptive struct {
	bytes, operations float64 // 0: no limit
	stepped           time.Time
	memory            MemoryLevel // at the last step
	level             Level       // at the last step
}

// reset starts from rates that were set. What is limited as before keeps its
// place, capped: to set the other rate is no reason to forget the pressure.
func (a *adaptive) reset(now time.Time, before, r Rates) {
	if r.Bytes != before.Bytes {
		a.bytes = float64(r.Bytes)
	}
	switch {
	case r.Operations == 0:
		a.operations = 0
	case a.operations == 0:
		a.operations = scaled(startOperations, r.Operations)
	}
	a.operations = min(a.operations, float64(r.Operations))
	if a.stepped.IsZero() {
		a.stepped = now
	}
}

// due reports whether it is time for a step.
func (a *adaptive) due(now time.Time) bool { return now.Sub(a.stepped) >= adaptEvery }

// step adapts to the limits in force: all the steps since the last one at once.
func (a *adaptive) step(now time.Time, set Rates, l Limits) {
	steps := float64(now.Sub(a.stepped) / adaptEvery)
	rose := l.Level > a.level || l.MemoryLevel > a.memory
	a.stepped, a.memory, a.level = now, l.MemoryLevel, l.Level
	if set.Bytes > 0 {
		most := float64(set.Bytes)
		a.bytes = span{most * Critical.Multiplier(), most, steps * most / climbSteps}.next(a.bytes, rose, l.Multiplier)
	}
	if set.Operations > 0 {
		most := float64(min(set.Operations, operationsIn(l)))
		climb := scaled(climbOperations, set.Operations)
		a.operations = span{leastOperations, most, steps * climb}.next(a.operations, rose, l.Multiplier)
	}
}

// operationsIn is the most operations a second that the memory leaves. Fewer of them
// free nothing where it is the program itself that takes it.
func operationsIn(l Limits) int {
	if l.Overran() {
		return math.MaxInt
	}
	switch l.MemoryLevel {
	case MemoryNormal:
		return math.MaxInt
	case MemoryWarning:
		return 5
	case MemoryCritical:
		return 2
	case MemoryEmergency:
	}
	return leastOperations
}

// span is the room that one rate moves in, and by how much it climbs.
type span struct{ least, most, climb float64 }

// next is the rate that follows.
func (s span) next(rate float64, rose bool, multiplier float64) float64 {
	top := max(s.least, s.most*multiplier)
	if rose {
		return min(max(s.least, rate*multiplier), top)
	}
	return min(rate+s.climb, top)
}
