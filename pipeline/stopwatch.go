package pipeline

import (
	"sync"
	"sync/atomic"
	"time"
)

// now is the time since some moment. It costs half of time.Now, which reads two
// clocks.
func now() time.Duration { return time.Since(epoch) }

var epoch = time.Now()

// stopwatch adds up the time that goroutines spend in one state, such as waiting
// for room in a link, and can be read while they do. Its lock and its clock are
// touched only when a goroutine enters or leaves that state, which it does when
// it is about to block or has just done so, and by observers.
type stopwatch struct {
	starts atomic.Int64 // how often a goroutine came in

	mu     sync.Mutex // guards the fields below
	inside int
	total  time.Duration // up to at
	at     time.Duration
}

func (w *stopwatch) begin() {
	w.starts.Add(1)
	w.add(1)
}

func (w *stopwatch) end() { w.add(-1) }

func (w *stopwatch) add(n int) {
	at := now()
	w.mu.Lock()
	w.total += time.Duration(w.inside) * max(0, at-w.at)
	w.at = at
	w.inside += n
	w.mu.Unlock()
}

// read returns the time spent so far, up to now, and how many goroutines are in
// the state now.
func (w *stopwatch) read() (total time.Duration, inside int) {
	at := now()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total + time.Duration(w.inside)*max(0, at-w.at), w.inside
}
