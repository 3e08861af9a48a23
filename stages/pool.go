package stages

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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
//
// The memory is not the Go heap's where the system can map it: the collector
// then neither counts it, which would let as much garbage pile up beside it, nor
// keeps what the pool has let go of.
type Pool struct {
	size   int64 // the largest budget, bytes
	budget *semaphore.Weighted
	live   atomic.Int64 // buffers that are out
	idle   func()       // called when memory comes back, with no lock; set before the pool is used
	waited atomic.Int64 // nanoseconds that callers of Get lost, all together

	mu   sync.Mutex // guards what follows
	free [classCount][]*buffer
	rest [classCount]int // the fewest that were free since the last Trim
	kept int64           // bytes of memory allocated: out and free
	// withheld is what the pool itself has taken of the semaphore to make the
	// budget smaller, and wanted what it is to take, as soon as it comes back.
	withheld, wanted int64
}

// NewPool returns a pool that never has more than budget bytes out or in
// store. A budget below [MaxChunk] is raised to it, because the largest chunk
// must fit.
func NewPool(budget int64) *Pool {
	budget = max(budget, MaxChunk)
	return &Pool{size: budget, budget: semaphore.NewWeighted(budget)}
}

// Budget is the number of bytes that the pool may hand out at once.
func (p *Pool) Budget() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.budgetLocked()
}

func (p *Pool) budgetLocked() int64 { return p.size - p.wanted }

// SetBudget changes the budget, to at least [MaxChunk] and at most what the pool
// was made with, and lets go of idle memory beyond it. Chunks that are out stay
// out: until enough of them have come back there may be more than that.
func (p *Pool) SetBudget(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = p.size - min(max(bytes, MaxChunk), p.size)
	if more := p.withheld - p.wanted; more > 0 {
		p.withheld -= more
		p.budget.Release(more)
	}
	// The semaphore gives nothing to those who try while others wait for it; then
	// put withholds what comes back.
	for n := p.wanted - p.withheld; n > 0; n /= 2 {
		if p.budget.TryAcquire(n) {
			p.withheld += n
			n = 2 * (p.wanted - p.withheld)
		}
	}
	p.fitLocked(0)
}

// Live is the number of buffers that are out. It is zero when nothing runs.
func (p *Pool) Live() int64 { return p.live.Load() }

// Allocated is the number of bytes that the pool has taken from the system: out
// and in store.
func (p *Pool) Allocated() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept
}

// Waited is the time that all callers of Get together have waited for memory.
func (p *Pool) Waited() time.Duration { return time.Duration(p.waited.Load()) }

// Get returns a chunk of n bytes, 1 ≤ n ≤ [MaxChunk], whose content is
// whatever was there before. It waits until the budget has room and returns
// the context's cause when ctx ends first.
func (p *Pool) Get(ctx context.Context, n int) (*Chunk, error) {
	if n <= 0 || n > MaxChunk {
		panic(fmt.Sprintf("stages: chunk of %d bytes asked for; the bounds are 1 and %d", n, MaxChunk))
	}
	class := classOf(n)
	if err := p.acquire(ctx, int64(1)<<(class+minClass)); err != nil {
		return nil, err
	}
	p.live.Add(1)
	b := p.take(class)
	b.refs.Store(1)
	return &Chunk{Data: b.mem[:n], buf: b}, nil
}

func (p *Pool) acquire(ctx context.Context, weight int64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.budget.TryAcquire(weight) {
		return nil
	}
	begin := time.Now()
	defer func() { p.waited.Add(int64(time.Since(begin))) }()
	if p.budget.Acquire(ctx, weight) != nil {
		return context.Cause(ctx)
	}
	return nil
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
		p.rest[class] = min(p.rest[class], n-1)
		return b
	}
	weight := int64(1) << (class + minClass)
	p.fitLocked(weight)
	p.kept += weight
	return newBuffer(p, int(weight))
}

// fitLocked lets go of idle memory, the largest first, until more bytes fit the
// budget beside what is kept.
func (p *Pool) fitLocked(more int64) {
	for class := classCount - 1; class >= 0; class-- {
		free := p.free[class]
		for len(free) > 0 && p.kept+more > p.budgetLocked() {
			last := len(free) - 1
			p.kept -= int64(len(free[last].mem))
			free[last].unmap()
			free[last] = nil
			free = free[:last]
		}
		p.free[class], p.rest[class] = free, min(p.rest[class], len(free))
	}
}

func (p *Pool) put(b *buffer) {
	weight := int64(len(b.mem))
	class := classOf(len(b.mem))
	p.mu.Lock()
	p.free[class] = append(p.free[class], b)
	withhold := min(weight, p.wanted-p.withheld)
	p.withheld += withhold
	p.fitLocked(0)
	p.mu.Unlock()
	p.live.Add(-1)
	p.budget.Release(weight - withhold)
	if p.idle != nil {
		p.idle()
	}
}

// Trim lets go of the memory that was idle ever since the last Trim: what a few large
// chunks have needed is not kept beside many small ones.
func (p *Pool) Trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for class := range p.free {
		surplus := p.rest[class]
		for _, b := range p.free[class][:surplus] { // which were used longest ago
			p.kept -= int64(len(b.mem))
			b.unmap()
		}
		p.free[class] = slices.Delete(p.free[class], 0, surplus)
		p.rest[class] = len(p.free[class])
	}
}

// Shed lets go of all idle memory. The pool goes on as before.
func (p *Pool) Shed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fitLocked(p.size)
}

// Idle is the number of bytes that Shed would free.
func (p *Pool) Idle() (bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for class, free := range p.free {
		bytes += int64(len(free)) << (class + minClass)
	}
	return bytes
}

// classOf is the index of the smallest class that holds n bytes.
func classOf(n int) int {
	return max(bits.Len(uint(n-1)), minClass) - minClass
}
