package pressure

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Level is how hard the streams are to be held back, from the score of the
// three [Factors]. Levels are ordered: a higher one is stricter.
type Level int8

// The levels, each from its score up.
const (
	None     Level = iota // below 20
	Light                 // from 20
	Moderate              // from 40
	Heavy                 // from 60
	Critical              // from 80: paused
)

// LevelOf is the level of a score of 0 to 100 points.
func LevelOf(score float64) Level {
	switch {
	case score >= 80:
		return Critical
	case score >= 60:
		return Heavy
	case score >= 40:
		return Moderate
	case score >= 20:
		return Light
	default: // NaN too
		return None
	}
}

// String is the level's name as users see it: NONE, LIGHT, …
func (l Level) String() string {
	switch l {
	case None:
		return "NONE"
	case Light:
		return "LIGHT"
	case Moderate:
		return "MODERATE"
	case Heavy:
		return "HEAVY"
	case Critical:
		return "CRITICAL"
	}
	return fmt.Sprintf("Level(%d)", int8(l))
}

// rule is what a level allows.
type rule struct {
	multiplier float64
	streams    int
	delay      Delay
}

// rule is the specification's table. What is no level gets the strictest rule.
func (l Level) rule() rule {
	switch l {
	case None:
		return rule{1, 10, Delay{}}
	case Light:
		return rule{0.8, 6, Delay{10 * time.Millisecond, 30 * time.Millisecond}}
	case Moderate:
		return rule{0.5, 3, Delay{50 * time.Millisecond, 100 * time.Millisecond}}
	case Heavy:
		return rule{0.25, 1, Delay{100 * time.Millisecond, 200 * time.Millisecond}}
	case Critical:
	}
	return rule{0.1, 0, Delay{500 * time.Millisecond, 500 * time.Millisecond}}
}

// Multiplier is the part of a rate that the level leaves.
func (l Level) Multiplier() float64 { return l.rule().multiplier }

// MaxStreams is how many streams the level lets run; 0 pauses all.
func (l Level) MaxStreams() int { return l.rule().streams }

// Delay is how long the level holds up each read.
func (l Level) Delay() Delay { return l.rule().delay }

// Delay is a range that a wait is drawn from, so that streams which were held
// up together do not come back together. The zero value is no delay.
type Delay struct{ Min, Max time.Duration }

// Draw is one wait, anew at each call, from Min to Max inclusive.
func (d Delay) Draw() time.Duration {
	if d.Max <= d.Min || d.Min < 0 {
		return max(0, d.Min)
	}
	return d.Min + rand.N(d.Max-d.Min+1) //nolint:gosec // spreads waits; nothing depends on its secrecy
}

// stricter is the longer of both at each end.
func (d Delay) stricter(other Delay) Delay {
	return Delay{max(d.Min, other.Min), max(d.Max, other.Max)}
}

// atMost is the delay with both ends cut to limit.
func (d Delay) atMost(limit time.Duration) Delay {
	return Delay{min(d.Min, limit), min(d.Max, limit)}
}
