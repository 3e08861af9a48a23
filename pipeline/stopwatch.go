package pipeline

import (
	"sync"
	"time"
)

// stopwatch adds up the time that goroutines spend waiting for one thing, and
// can be read while they do. Its lock and its clock are touched only by a
// goroutine that is about to block or has just done so, and by observers.
type stopwatch struct {
	mu      sync.Mutex // guards the fields below
	waiting int
	total   time.Duration // up to at
	at      time.Time
}

func (w *stopwatch) begin() { w.add(1) }
func (w *stopwatch) end()   { w.add(-1) }

func (w *stopwatch) add(n int) {
	now := time.Now()
	w.mu.Lock()
	w.total += time.Duration(w.waiting) * max(0, now.Sub(w.at))
	w.at = now
	w.waiting += n
	w.mu.Unlock()
}

// read returns the time waited so far, waits under way included, and how many
// goroutines wait now.
func (w *stopwatch) read() (total time.Duration, waiting int) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total + time.Duration(w.waiting)*max(0, now.Sub(w.at)), w.waiting
}
