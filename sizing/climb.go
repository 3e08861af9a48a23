package sizing

const (
	// better is by how much a size must outscore another to replace it: a
	// fortieth of the throughput's share, which is 2.5 % more throughput. With
	// less, the noise of a page cache walks the size about.
	better = 0.01
	// faster is by how much a size must move more bytes to replace another that does
	// not outscore it: a score is measured against 50 MB/s at least, so that on slow
	// storage half as much again is worth less than the noise is on fast.
	faster = 1.1
	// rest is for how many samples a size that beat both its neighbours is left
	// alone: trying costs at most 10 chunks of this many.
	rest = 100
)

// climb moves a size towards the one that scores best: it tries the double or
// the half of the base for a few chunks, keeps it when it is better, and goes
// back when it is not. Measuring only the sizes in use, as the specification
// does, would never find any other.
type climb struct {
	base     int  // the best size so far; 0 before the first
	trial    int  // the neighbour that is being tried; 0 when none is
	down     bool // the side on which the next trial lies
	lost     int  // trials lost in a row
	taken    int  // samples at the present size
	resting  int  // samples until the next trial
	adjusted float64
}

// size is what is asked for now, before the adjustments.
func (c *climb) size() int {
	if c.trial != 0 {
		return c.trial
	}
	return c.base
}

// adjust notes the factor by which sizes are adjusted from now on. Samples from
// before a change measured other sizes, so a trial across it is void.
func (c *climb) adjust(factor float64) {
	if factor != c.adjusted {
		c.adjusted, c.trial, c.taken = factor, 0, 0
	}
}

// step counts one sample at the size in force, and moves when enough are in.
func (c *climb) step(h *history, b bounds, reference float64) {
	c.taken++
	c.resting = max(0, c.resting-1)
	if c.taken < recent {
		return
	}
	if c.trial != 0 {
		c.judge(h, b, reference)
		return
	}
	// While memory is short nothing is tried: half of the trials would be larger.
	if c.resting == 0 && c.adjusted >= 1 {
		c.try(b)
	}
}

// judge ends a trial.
func (c *climb) judge(h *history, b bounds, reference float64) {
	if c.won(h, b, reference) {
		c.base, c.lost = c.trial, 0
	} else {
		c.lose()
	}
	c.trial, c.taken = 0, 0
}

// won reports whether the trial was better than the base.
func (c *climb) won(h *history, b bounds, reference float64) bool {
	base, trial := b.fit(c.base, c.adjusted), b.fit(c.trial, c.adjusted)
	baseScore, knownBase := h.score(base, reference)
	trialScore, knownTrial := h.score(trial, reference)
	if !knownBase || !knownTrial || trialScore < baseScore {
		return false
	}
	return trialScore > baseScore+better || h.rate(trial) > faster*h.rate(base)
}

// lose turns to the other side, and rests when both have lost.
func (c *climb) lose() {
	c.down = !c.down
	c.lost++
	if c.lost >= 2 {
		c.lost, c.resting = 0, rest
	}
}

// try begins a trial; a side that the bounds close counts as lost.
func (c *climb) try(b bounds) {
	next := c.base * 2
	if c.down {
		next = c.base / 2
	}
	next = b.fit(next, 1)
	if b.fit(next, c.adjusted) == b.fit(c.base, c.adjusted) {
		c.lose()
		return
	}
	c.trial, c.taken = next, 0
}
