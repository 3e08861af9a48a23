package stages

import (
	"context"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Size classes are the powers of two from 4 KiB, a page and the smallest chunk
// there is, to 1 MiB, the largest.
const (
	minClass   = 12 // 4 KiB
	maxClass   = 20 // 1 MiB
	classCount = maxClass - minClass + 1

	// MaxChunk is the most bytes that one chunk can hold.
	MaxChunk = 1 << maxClass
)

// Pool hands out the memory of chunks, within one byte budget for everything
// that shares it. Get waits while the budget is spent; that is what makes a
// memory ceiling a fact. All methods may be called from any goroutine.
type Pool struct {
	size   int64 // the budget, bytes
	budget *semaphore.Weighted
	live   atomic.Int64 // buffers that are out

	mu   sync.Mutex // guards what follows
	free [classCount][]*buffer
	kept int64 // bytes of memory allocated: out and free
}

// NewPool returns a pool that never has more than budget bytes out or in
// store. A budget below [MaxChunk] is raised to it, because the largest chunk
// must fit.
func NewPool(budget int64) *Pool {
	budget = max(budget, MaxChunk)
	return &Pool{size: budget, budget: semaphore.NewWeighted(budget)}
}

// Budget is the number of bytes that the pool may hand out at once.
func (p *Pool) Budget() int64 { return p.size }

// Live is the number of buffers that are out. It is zero when nothing runs.
func (p *Pool) Live() int64 { return p.live.Load() }

// Allocated is the number of bytes that the pool has taken from the system: out
// and in store.
func (p *Pool) Allocated() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept
}

// Get returns a chunk of n bytes, 1 ≤ n ≤ [MaxChunk], whose content is
// whatever was there before. It waits until the budget has room and returns
// the context's cause when ctx ends first.
func (p *Pool) Get(ctx context.Context, n int) (*Chunk, error) {
	if n <= 0 || n > MaxChunk {
		panic(fmt.Sprintf("stages: chunk of %d bytes asked for; the bounds are 1 and %d", n, MaxChunk))
	}
	class := classOf(n)
	weight := int64(1) << (class + minClass)
	if err := p.budget.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	p.live.Add(1)
	b := p.take(class)
	b.refs.Store(1)
	return &Chunk{Data: b.mem[:n], buf: b}, nil
}

// take finds memory of the class, dropping idle memory of other classes when
// the new would not fit the budget beside it.
func (p *Pool) take(class int) *buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Last in, first out: the buffer that was used last is the one that a
	// core's cache still holds.
	if n := len(p.free[class]); n > 0 {
		b := p.free[class][n-1]
		p.free[class][n-1] = nil
		p.free[class] = p.free[class][:n-1]
		return b
	}
	weight := int64(1) << (class + minClass)
	for c := classCount - 1; c >= 0 && p.kept+weight > p.size; c-- {
		p.shedLocked(c, p.kept+weight-p.size)
	}
	p.kept += weight
	return &buffer{pool: p, mem: make([]byte, weight)}
}

// shedLocked lets go of idle buffers of a class until want bytes are freed or
// none is left. The garbage collector takes them.
func (p *Pool) shedLocked(class int, want int64) {
	free := p.free[class]
	for len(free) > 0 && want > 0 {
		last := len(free) - 1
		want -= int64(len(free[last].mem))
		p.kept -= int64(len(free[last].mem))
		free[last] = nil
		free = free[:last]
	}
	p.free[class] = free
}

func (p *Pool) put(b *buffer) {
	class := classOf(len(b.mem))
	p.mu.Lock()
	p.free[class] = append(p.free[class], b)
	p.mu.Unlock()
	p.live.Add(-1)
	p.budget.Release(int64(len(b.mem)))
}

// classOf is the index of the smallest class that holds n bytes.
func classOf(n int) int {
	return max(bits.Len(uint(n-1)), minClass) - minClass
}
