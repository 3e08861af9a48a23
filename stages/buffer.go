package stages

import (
	"runtime"
	"sync/atomic"
)

// buffer is a piece of pool memory and the number of chunks that lie in it. A
// chunk keeps its buffer, and the buffer its memory: Data is good for as long as
// its chunk is held, and no longer.
type buffer struct {
	pool *Pool
	mem  []byte // its whole capacity, one size class
	refs atomic.Int32

	lost runtime.Cleanup // unmaps what goes with a pool that nobody has any more
}

func newBuffer(p *Pool, n int) *buffer {
	b := &buffer{pool: p, mem: mapMemory(n)}
	b.lost = runtime.AddCleanup(b, unmapMemory, b.mem)
	return b
}

// unmap gives the memory back to the system.
func (b *buffer) unmap() {
	b.lost.Stop()
	unmapMemory(b.mem)
	b.mem = nil
}
