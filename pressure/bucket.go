package pressure

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

const (
	// depth is how much of its rate a bucket holds when nobody draws: that much
	// may come at once after an idle while, 1 % of what passes in 10 s. It is also
	// how late a timer may wake the drawer, half of it, with no loss of rate.
	depth = 100 * time.Millisecond
	// slice is the longest wait before the rate is looked at again. A waiter of
	// x/time/rate plans its whole wait when it reserves, and does not learn of a
	// change of the limit; so nothing is reserved here, and waits are cut.
	slice = depth / 2
)

// bucket is one token bucket. It is drawn from by one goroutine at a time.
type bucket struct{ limiter *rate.Limiter }

// newBucket makes an empty one: a full one would let the first moment exceed
// the rate.
func newBucket(now time.Time, perSecond float64) *bucket {
	b := &bucket{rate.NewLimiter(rate.Limit(perSecond), burst(perSecond))}
	b.limiter.AllowN(now, b.limiter.Burst())
	return b
}

// burst is the depth of a bucket in tokens: at least 2, so that there is room
// for what comes in while the drawer of the first one is late.
func burst(perSecond float64) int {
	return int(min(max(2, perSecond*depth.Seconds()), math.MaxInt32))
}

// set changes the rate. Of what has come in, as much stays as the new depth holds.
func (b *bucket) set(now time.Time, perSecond float64) {
	if b.limiter.Limit() == rate.Limit(perSecond) {
		return
	}
	b.limiter.SetLimitAt(now, rate.Limit(perSecond))
	b.limiter.SetBurstAt(now, burst(perSecond))
}

// draw takes as many of the n tokens as there are, and says how long to wait
// before the next draw is worth while: 0 only when all have been taken. Taking
// what there is lets a request be larger than the bucket.
func (b *bucket) draw(now time.Time, n int) (taken int, wait time.Duration) {
	tokens := b.limiter.TokensAt(now)
	taken = min(n, max(0, int(tokens)))
	if !b.limiter.AllowN(now, taken) {
		taken = 0 // a token lost to rounding: it is there a nanosecond later
	}
	if taken == n {
		return taken, 0
	}
	// Never wait for a full bucket: what comes in while it is full is lost.
	want := min(n-taken, max(1, b.limiter.Burst()/2))
	seconds := (float64(want) - (tokens - float64(taken))) / float64(b.limiter.Limit())
	if seconds >= slice.Seconds() {
		return taken, slice
	}
	return taken, max(time.Duration(seconds*float64(time.Second)), 0) + 1
}
