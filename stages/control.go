package stages

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/sizing"
)

// Chunks may take a part of the memory ceiling: what keeps a healthy process below
// half of it, where the levels of memory begin to count.
const (
	// poolShare is the most that it is.
	poolShare = 0.2
	// healthyShare is what all of a process may take of its ceiling without being held
	// back.
	healthyShare = 0.5
	// programMemory is what the process takes beside it: some 7 MiB of its text, and
	// 6 of the runtime's heap and stacks.
	programMemory = 13 << 20
	// leastPool lets two streams go on side by side.
	leastPool = 2 << 20
)

// poolBudget is the chunks' part of a ceiling, bytes.
func poolBudget(ceiling int64) int64 {
	most := int64(poolShare * float64(ceiling))
	return min(most, max(leastPool, ceiling/2-programMemory))
}

// CeilingFor is the least memory ceiling, in bytes, at which a process is not held back
// that takes this much beside its chunks.
func CeilingFor(program int64) int64 { return int64(float64(program) / (healthyShare - poolShare)) }

// ControlOptions are the settings of a [Control]. The zero value works.
type ControlOptions struct {
	// Pressure is what is watched and where its levels begin. Its
	// Thresholds.MaxMemory is the ceiling of the whole process, of which chunks
	// take a fifth at most.
	Pressure pressure.Options
	// Rates are hard limits for all streams together.
	Rates pressure.Rates
	// Streams is how many streams a batch runs at once. 0 lets it find out how many
	// are fastest.
	Streams int
	// Chunk is the size of every chunk, in bytes, a multiple of 4 KiB up to 1 MiB.
	// 0 lets each stream find its own.
	Chunk int
}

// Control is what the streams of one process have in common, and what holds them
// back: the memory of their chunks, the limits that follow from the pressure, the
// rates that a user set. Give it to every [Transfer], and run it beside them:
//
//	c, err := stages.NewControl(stages.ControlOptions{})
//	go c.Run(ctx) // in a group that is waited for
//	err = stages.Transfer{Source: src, Set: set, Control: c}.Run(ctx)
//
// While it does not run, nothing is held back but by the budget and the rates.
// All methods may be called from any goroutine, at any time.
type Control struct {
	options   ControlOptions
	pool      *Pool
	monitor   *pressure.Monitor
	limiter   *pressure.Limiter
	reference sizing.Reference // of all streams: they share one storage, or two
	learned   learned
	flow      flow
	held      atomic.Int64 // nanoseconds that streams lost to levels
	scope     cleanup.Scope
	running   atomic.Bool
	idle      atomic.Bool  // the pool's idle memory is in scope
	streams   atomic.Int64 // most at once, as a user set it; 0 lets the batch find out
}

// NewControl makes a Control. Every fault in the options is reported at once.
func NewControl(o ControlOptions) (*Control, error) {
	ceiling := o.Pressure.Thresholds.MaxMemory
	if ceiling == 0 {
		ceiling = defaultCeiling
	}
	c := &Control{options: o, pool: NewPool(poolBudget(ceiling))}
	var errs [3]error
	c.monitor, errs[0] = pressure.New(o.Pressure)
	if errs[0] == nil {
		c.limiter, errs[1] = pressure.NewLimiter(o.Rates, c.monitor.Limits)
	}
	if _, err := sizing.New(c.sizing()); err != nil {
		errs[2] = fmt.Errorf("chunk: %w", err)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	c.SetStreams(o.Streams)
	c.pool.idle = c.keepIdle
	return c, nil
}

// defaultCeiling is what the process may take where nobody says, as package
// pressure has it.
const defaultCeiling = 50 << 20

func (c *Control) sizing() sizing.Options {
	return sizing.Options{Size: c.options.Chunk, Reference: &c.reference}
}

// learned is the chunk size that was best for the last file of each class.
type learned struct {
	mu   sync.Mutex // guards best
	best map[int]int
}

func (l *learned) of(fileSize int64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.best[sizing.Class(fileSize)]
}

func (l *learned) learn(fileSize int64, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.best == nil {
		l.best = make(map[int]int)
	}
	l.best[sizing.Class(fileSize)] = size
}

// Run watches the machine and the streams until ctx ends, lets go of the pool's idle
// memory then, and returns nil. While it runs, another Run returns
// [pressure.ErrRunning] at once.
func (c *Control) Run(ctx context.Context) error {
	if !c.running.CompareAndSwap(false, true) {
		return pressure.ErrRunning
	}
	defer c.running.Store(false)
	gauges := c.flow.gauges()
	gauges.Bounded = c.pool.Allocated
	defer c.monitor.Register(gauges)()
	defer c.monitor.OnChange(func(before, after pressure.Limits) { c.react(ctx, before, after) })()
	defer c.pool.Shed() // which nobody would after this: it is not the collector's
	defer c.pool.SetBudget(c.pool.size)
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	beside.Go(func() { c.scope.Run(ctx, func(error) {}) }) // memory has no errors
	beside.Go(func() { c.trim(ctx) })
	return c.monitor.Run(ctx)
}

// trimEvery is for how long chunk memory is kept that nobody uses, twice so at the most.
// Unless they are held back, several chunks of each stream go through the pool in that
// time.
const trimEvery = 250 * time.Millisecond

func (c *Control) trim(ctx context.Context) {
	every := time.NewTicker(trimEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			c.pool.Trim()
		case <-ctx.Done():
			return
		}
	}
}

// react brings what is kept in step with a level that has changed.
func (c *Control) react(ctx context.Context, before, after pressure.Limits) {
	c.pool.SetBudget(c.budget(after.MemoryLevel))
	short := func(l pressure.Limits) bool { return l.MemoryLevel == pressure.MemoryEmergency || l.Paused() }
	if short(after) && !short(before) {
		_, _ = c.scope.Emergency(ctx, after.Usage)
	}
}

// keepIdle registers the pool's idle memory, which goes at once when memory is short. It
// costs no more than to be mapped anew.
func (c *Control) keepIdle() {
	if !c.idle.CompareAndSwap(false, true) {
		return
	}
	c.scope.Add(cleanup.Resource{
		Name: "idle chunk memory", Kind: cleanup.Buffer, Priority: cleanup.Low, Size: c.pool.Idle,
		Release: func(context.Context) error {
			c.idle.Store(false)
			c.pool.Shed()
			return nil
		},
	})
}

// budget is what a memory level leaves of the chunks' memory: the share that it
// leaves of a chunk, so that as many of them fit as before.
func (c *Control) budget(level pressure.MemoryLevel) int64 {
	return int64(float64(c.pool.size) * float64(level.AdjustedLimits(MaxChunk).MaxChunk) / MaxChunk)
}

// Limits are those in force.
func (c *Control) Limits() pressure.Limits { return c.monitor.Limits() }

// maxChunk is the largest chunk that may pass, bytes. Without a Control it is any.
func (c *Control) maxChunk() int {
	if c == nil {
		return MaxChunk
	}
	return c.Limits().MaxChunk
}

// Monitor is what watches. Its Run is called by the Control's.
func (c *Control) Monitor() *pressure.Monitor { return c.monitor }

// Limiter holds the rates, which may be set at any time.
func (c *Control) Limiter() *pressure.Limiter { return c.limiter }

// SetStreams changes how many streams a batch runs at once, at any time; 0 or less
// lets it find out. Streams that are on their way come to their end.
func (c *Control) SetStreams(n int) { c.streams.Store(int64(max(0, n))) }

// Streams is what was set last.
func (c *Control) Streams() int { return int(c.streams.Load()) }

// Arrived is how many bytes of all streams have arrived.
func (c *Control) Arrived() int64 { return c.flow.bytes.Load() }

// Pool is the memory of the chunks.
func (c *Control) Pool() *Pool { return c.pool }

// beforeRead holds up a stream that is about to read a chunk, and has no more than n
// bytes to read, until it is told to stop.
func (c *Control) beforeRead(ctx context.Context, stop <-chan struct{}, n int64) error {
	if limits := c.Limits(); !limits.Paused() && limits.Delay.Max <= 0 {
		return nil
	}
	return untilTold(ctx, stop, func(ctx context.Context) error {
		waited, err := c.monitor.Wait(ctx, n)
		if waited > 0 {
			c.held.Add(int64(waited))
		}
		return err
	})
}

// open reports whether Wait would hold up nothing: there is no rate and no pause.
func (c *Control) open() bool { return !c.limiter.Limited() && !c.Limits().Paused() }

// Wait makes a chunk of n bytes wait until nothing is paused and the rates let it
// pass. It is what [Throttle] asks.
func (c *Control) Wait(ctx context.Context, n int) error {
	waited, err := c.monitor.Pause(ctx)
	if waited > 0 {
		c.held.Add(int64(waited))
	}
	if err != nil {
		return err
	}
	return c.limiter.Wait(ctx, n)
}

var _ Limiter = (*Control)(nil)

// Fits reports whether so many bytes are below the streaming trigger, which is
// lower while memory is short.
func (c *Control) Fits(bytes int64) bool {
	return !c.options.Pressure.Thresholds.ShouldStream(bytes, c.Limits().MemoryLevel)
}

const (
	// shares is how many chunks a stream has at once, on the average: one that is
	// being read, one that is being hashed.
	shares = 2
	// leastShare is the smallest chunk that a stream gets for want of room in the
	// pool, bytes; with more streams than that gives room to, some wait.
	leastShare = 64 << 10
	// chunkAtRate is how long a rate that a user set takes to let a chunk pass, at
	// most: whoever waits behind it does not notice.
	chunkAtRate = 50 * time.Millisecond
)

// chunk is the size of a stream's next chunk, where its sizer wants this one.
func (c *Control) chunk(wanted int) int {
	if c.options.Chunk != 0 {
		return c.options.Chunk
	}
	n := c.Limits().Chunk(wanted)
	// The pool's memory comes in powers of two.
	share := max(leastShare, c.pool.Budget()/(shares*max(1, c.flow.active.Load())))
	n = min(n, 1<<(bits.Len64(uint64(share))-1))
	if rate := c.limiter.Stats().Bytes; rate > 0 {
		n = min(n, int(rate*chunkAtRate.Seconds()))
	}
	return max(n&^(sizing.Grid-1), sizing.Min)
}
