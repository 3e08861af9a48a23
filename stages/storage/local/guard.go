package local

import (
	"os"
	"sync/atomic"
)

// shut stands in a guard's state once it is closed, above any number of calls.
const shut = 1 << 30

// guard keeps a descriptor open while calls on it are under way: without it, a
// read that races with a close could meet a number that the kernel has already
// given to another file. The zero value is open.
type guard struct {
	state atomic.Int32 // calls under way, and shut
}

// enter begins a call, which leave must end; after close it is os.ErrClosed.
func (g *guard) enter() error {
	for {
		n := g.state.Load()
		if n >= shut {
			return os.ErrClosed
		}
		if g.state.CompareAndSwap(n, n+1) {
			return nil
		}
	}
}

// leave ends a call. Where it says last, the descriptor was closed meanwhile and
// is now the caller's to release.
func (g *guard) leave() (last bool) { return g.state.Add(-1) == shut }

// close lets nobody in any more. Where it says last, nobody is inside either.
func (g *guard) close() (last bool, err error) {
	for {
		n := g.state.Load()
		if n >= shut {
			return false, os.ErrClosed
		}
		if g.state.CompareAndSwap(n, n+shut) {
			return n == 0, nil
		}
	}
}
