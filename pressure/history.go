package pressure

import "time"

// Snapshot is one sample with the levels that were in force after it.
type Snapshot struct {
	Sample
	MemoryLevel MemoryLevel
	Level       Level
}

const (
	// growthLegs of growthLeg each are what growth is judged over: five points a
	// second apart, as many as the specification looks at.
	growthLegs = 4
	growthLeg  = time.Second
)

// History is the snapshots of the last while, oldest forgotten first. Snapshots
// are added in order of time. The zero value keeps 5 minutes at 250 ms; it
// belongs to one goroutine.
type History struct {
	ring  []Snapshot
	total int // snapshots ever added
}

// NewHistory makes a History of the last n snapshots, of at least one.
func NewHistory(n int) *History { return &History{ring: make([]Snapshot, max(1, n))} }

// Add adds a snapshot.
func (h *History) Add(s Snapshot) {
	if len(h.ring) == 0 {
		h.ring = make([]Snapshot, 5*time.Minute/(250*time.Millisecond))
	}
	h.ring[h.total%len(h.ring)] = s
	h.total++
}

// Len is how many snapshots are kept.
func (h *History) Len() int { return min(h.total, len(h.ring)) }

// All is a copy, oldest first.
func (h *History) All() []Snapshot {
	out := make([]Snapshot, h.Len())
	for i := range out {
		out[i] = *h.at(len(out) - 1 - i)
	}
	return out
}

// at is the i-th newest.
func (h *History) at(i int) *Snapshot { return &h.ring[(h.total-1-i)%len(h.ring)] }

// Growth is by how much the usage of memory that nothing bounds has grown in each of
// the last four seconds, as a fraction a second: the least of the four. The least,
// because a step (buffers that fill once, a garbage collector's saw-tooth) is not growth
// that runs into the ceiling, and what does run into it grows in every second. It is 0
// while there are fewer than four seconds, and never negative.
func (h *History) Growth() float64 {
	if h.Len() == 0 {
		return 0
	}
	least, newer := 0.0, h.at(0)
	i := 0
	for leg := range growthLegs {
		for ; i < h.Len() && newer.At.Sub(h.at(i).At) < growthLeg; i++ {
		}
		if i == h.Len() {
			return 0
		}
		older := h.at(i)
		growth := growthBetween(older, newer)
		if leg == 0 || growth < least {
			least = growth
		}
		newer = older
	}
	return max(0, least)
}

// growthBetween is per second; 0 from nothing, of which anything is a multiple.
func growthBetween(older, newer *Snapshot) float64 {
	from, to := older.growing(), newer.growing()
	if from <= 0 {
		return 0
	}
	return (to - from) / from / newer.At.Sub(older.At).Seconds()
}
