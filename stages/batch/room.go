package batch

import (
	"sync"
	"sync/atomic"
)

// roomAfter is how many files make it likely that there are many.
const roomAfter = 64

// room makes the process ready for many open descriptors, once many files are copied.
type room struct {
	descriptors int // that there may be
	files       atomic.Int64
	making      sync.WaitGroup
}

// another counts a file. It waits for nothing.
func (r *room) another() {
	if r.files.Add(1) == roomAfter {
		r.making.Go(func() { makeRoom(r.descriptors) })
	}
}

// wait is called when no other file comes.
func (r *room) wait() { r.making.Wait() }
