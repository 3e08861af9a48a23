package retry

import (
	"cmp"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// jitter is how far a wait may be from its mean, as a part of it, so that streams
// which failed together do not come back together.
const jitter = 0.5

// Policy is how often, and how patiently, an operation is tried whose failures
// are of one class. The zero value tries once.
type Policy struct {
	// Attempts is how often it is tried, the first time included. Below 2 there
	// is no second time.
	Attempts int
	// Base is the mean of the first wait. A wait is drawn from half its mean to
	// one and a half times its mean.
	Base time.Duration
	// Max is the longest that a wait may be. Means that could draw a longer one
	// are cut to two thirds of it: cutting what was drawn instead would let many
	// streams wait for exactly Max and come back together. 0 waits not at all.
	Max time.Duration
	// Multiplier is each mean over the one before. 0 means 1.
	Multiplier float64
}

// Policy is the specification's row for the class. Permanent ones are tried once.
func (c Class) Policy() Policy {
	switch c {
	case Network:
		return Policy{Attempts: 5, Base: 500 * time.Millisecond, Max: 10 * time.Second, Multiplier: 1.5}
	case FileSystem:
		return Policy{Attempts: 3, Base: time.Second, Max: 5 * time.Second, Multiplier: 2}
	case Memory:
		return Policy{Attempts: 2, Base: 2 * time.Second, Max: 3 * time.Second, Multiplier: 1}
	default:
		return Policy{Attempts: 1}
	}
}

// waits draws the waits of the policy, one after another. MaxInterval bounds the
// mean alone, and not the first; hence the divided Max and the min.
func (p Policy) waits() *backoff.ExponentialBackOff {
	most := time.Duration(float64(p.Max) / (1 + jitter))
	return &backoff.ExponentialBackOff{
		InitialInterval:     min(p.Base, most),
		RandomizationFactor: jitter,
		Multiplier:          cmp.Or(p.Multiplier, 1),
		MaxInterval:         most,
	}
}
