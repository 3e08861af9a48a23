package pressure_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-go/penstock/pressure"
)

// control is what a simulated plant is run by: ours, or the specification's.
type control interface {
	// wait holds a stream up before it reads; an error ends the stream.
	wait(ctx context.Context) error
	// chunk is what is left of a chunk of n bytes, and what is thrown away.
	chunk(n int) (left, lost int)
	// width is how many streams may run now.
	width() int
	// level is the one in force.
	level() pressure.Level
}

// plant is a simulated machine: streams that read files from a fast source, each
// through a link of some chunks, into one sink that takes so many bytes a second
// from all of them together.
type plant struct {
	streams  int // that want to run at once
	fileSize int // bytes of each stream's file; another follows it
	chunk    int // bytes that are read at once
	link     int // chunks that fit into a stream's link
	source   float64
	sink     float64 // bytes a second

	gate    *pressure.Gate
	device  chan struct{} // one writer at a time, first come first served
	running atomic.Int64
	moved   atomic.Int64 // bytes in the sink
	failed  atomic.Int64 // streams that ended before their file

	mu    sync.Mutex // guards what follows
	links map[chan int]bool
	took  []time.Duration // from chunk to chunk of a stream, since asked
	asked time.Time
	since int64 // moved when asked
	rate  float64
	each  time.Duration
}

// run lets the plant work under c until ctx ends.
func (p *plant) run(ctx context.Context, c control) {
	p.device = make(chan struct{}, 1) // the device itself
	p.gate = pressure.NewGate(c.width())
	p.links = make(map[chan int]bool)
	var wg sync.WaitGroup
	for range p.streams {
		wg.Go(func() {
			for p.gate.Acquire(ctx) == nil {
				p.running.Add(1)
				p.stream(ctx, c)
				p.running.Add(-1)
				p.gate.Release()
			}
		})
	}
	wg.Go(func() {
		for pause(ctx, 50*time.Millisecond) {
			p.gate.SetWidth(c.width())
		}
	})
	wg.Wait()
}

// stream moves one file.
func (p *plant) stream(ctx context.Context, c control) {
	link := make(chan int, p.link)
	p.mu.Lock()
	p.links[link] = true
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { p.drain(ctx, link) })
	defer wg.Wait()
	defer close(link)
	last := time.Now()
	for left := p.fileSize; left > 0 && ctx.Err() == nil; {
		if c.wait(ctx) != nil {
			p.failed.Add(1)
			pause(ctx, time.Second) // the next file is opened
			return
		}
		n, lost := c.chunk(min(left, p.chunk))
		left -= n + lost
		pause(ctx, time.Duration(float64(n+lost)/p.source*float64(time.Second)))
		select {
		case link <- n:
		case <-ctx.Done():
		}
		p.mu.Lock()
		p.took = append(p.took, time.Since(last))
		p.mu.Unlock()
		last = time.Now()
	}
}

// drain writes what comes through a link.
func (p *plant) drain(ctx context.Context, link chan int) {
	for n := range link {
		select {
		case p.device <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		pause(ctx, time.Duration(float64(n)/p.sink*float64(time.Second)))
		<-p.device
		p.moved.Add(int64(n))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, link)
}

// gauges are what the plant can be asked.
func (p *plant) gauges() pressure.Gauges {
	return pressure.Gauges{
		Fill:       p.fill,
		Streams:    func() int { return int(p.running.Load()) },
		Throughput: func() float64 { rate, _ := p.measure(); return rate },
		ChunkTime:  func() time.Duration { _, each := p.measure(); return each },
	}
}

func (p *plant) fill() (fullest float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for link := range p.links {
		fullest = max(fullest, float64(len(link))/float64(cap(link)))
	}
	return fullest
}

// measure is the throughput and the time of a chunk in the last full second.
func (p *plant) measure() (rate float64, each time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	moved, passed := p.moved.Load(), time.Since(p.asked)
	switch {
	case p.asked.IsZero():
		p.asked, p.rate = time.Now(), -1 // not known before a second has passed
		return p.rate, p.each
	case passed < time.Second:
		return p.rate, p.each
	}
	p.rate = float64(moved-p.since) / passed.Seconds()
	var sum time.Duration
	for _, d := range p.took {
		sum += d
	}
	if len(p.took) > 0 {
		p.each = sum / time.Duration(len(p.took))
	}
	p.asked, p.since, p.took = time.Now(), moved, p.took[:0]
	return p.rate, p.each
}

// pause is a wait that a test's context may end.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ours is the control of this package.
type ours struct{ *pressure.Monitor }

func (o ours) wait(ctx context.Context) error { _, err := o.Wait(ctx, 64<<10); return err }

func (o ours) chunk(n int) (left, lost int) { return min(n, o.Limits().Chunk(n)), 0 }

func (o ours) width() int { return o.Limits().MaxStreams }

func (o ours) level() pressure.Level { return o.Limits().Level }

// theirs is the specification's control, its formulas as they stand: points from
// memory, streams, throughput and chunk time whatever the links say, a delay
// that is drawn once, HEAVY that throws away what a chunk has beyond 32 KiB, and
// CRITICAL that fails the stream.
type theirs struct {
	usage  float64
	gauges pressure.Gauges
	delays map[pressure.Level]time.Duration
}

func newTheirs(usage float64, g pressure.Gauges) theirs {
	ms := func(from, spread float64) time.Duration {
		return time.Duration((from + spread*rand.Float64()) * float64(time.Millisecond))
	}
	return theirs{usage, g, map[pressure.Level]time.Duration{
		pressure.Light: ms(10, 20), pressure.Moderate: ms(50, 50), pressure.Heavy: ms(100, 100),
	}}
}

func (s theirs) level() pressure.Level {
	sample := pressure.Sample{Memory: memoryAt(s.usage), Streams: s.gauges.Streams(), Fill: 1, Throughput: max(0, s.gauges.Throughput()), ChunkTime: s.gauges.ChunkTime()}
	f := sample.Factors()
	sample.Throughput = 0 // theirs count the streams at any throughput
	f.Concurrency = sample.Factors().Concurrency
	return pressure.LevelOf(f.Score())
}

func (s theirs) wait(ctx context.Context) error {
	level := s.level()
	if level == pressure.Critical {
		return errors.New("under extreme pressure")
	}
	pause(ctx, s.delays[level])
	return nil
}

func (s theirs) chunk(n int) (left, lost int) {
	if s.level() == pressure.Heavy && n > 32*kib {
		return 32 * kib, n - 32*kib
	}
	return n, 0
}

func (s theirs) width() int { return s.level().MaxStreams() }

// curve is what was seen of one run.
type curve struct {
	name    string
	shares  []float64 // of the sink's limit, in each stretch
	levels  []pressure.Level
	changes int
	share   float64 // of all, after the first stretch
	failed  int64
	fewest  int64
}

// observe notes the curve of a plant for n stretches.
func observe(ctx context.Context, name string, p *plant, c control, stretch time.Duration, n int) curve {
	out := curve{name: name, fewest: int64(p.streams)}
	begin, first := p.moved.Load(), int64(0)
	was := c.level()
	for i := range n {
		from := p.moved.Load()
		for range int(stretch / (250 * time.Millisecond)) {
			pause(ctx, 250*time.Millisecond)
			if l := c.level(); l != was {
				was = l
				out.changes++
			}
			if i > 0 {
				out.fewest = min(out.fewest, p.running.Load())
			}
		}
		moved := p.moved.Load() - from
		out.shares = append(out.shares, float64(moved)/(p.sink*stretch.Seconds()))
		out.levels = append(out.levels, was)
		if i == 0 {
			first = moved
		}
	}
	out.share = float64(p.moved.Load()-begin-first) / (p.sink * stretch.Seconds() * float64(n-1))
	out.failed = p.failed.Load()
	return out
}

// log prints the curve: a line a stretch.
func (c curve) log(t *testing.T) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %.3f of the sink's limit, %d changes of level, never fewer than %d streams, %d streams failed\n", c.name, c.share, c.changes, c.fewest, c.failed)
	for i, s := range c.shares {
		fmt.Fprintf(&b, "  %3d %-8v %.2f %s\n", i, c.levels[i], s, strings.Repeat("#", int(50*s)))
	}
	t.Log(b.String())
}
