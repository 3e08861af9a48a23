package bench

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
)

// Probe is told by a run what it does. It belongs to one run, and all of its methods
// may be called from any goroutine while that lasts.
type Probe struct {
	bytes, items atomic.Int64
	latency      stages.Latency
	stop         chan struct{} // closed when the run's time is over

	mu      sync.Mutex // guards what follows
	watched []func() State
}

// State is what goes on in a run at one moment.
type State struct {
	// Bytes and Items are what has arrived since the run began, besides what
	// [Probe.Arrived] was told of.
	Bytes, Items int64
	Fills        []Fill
	Waits        []Wait // since the run began
	Level        pressure.Level
}

// Stop is closed when the time of the run is over. What it has done by then counts; a
// run that takes no notice goes on, and takes from the time of the others.
func (p *Probe) Stop() <-chan struct{} { return p.stop }

// Arrived counts an item of so many bytes that has come to its end.
func (p *Probe) Arrived(bytes int) {
	p.items.Add(1)
	p.bytes.Add(int64(bytes))
}

// Took counts how long an item was on its way.
func (p *Probe) Took(d time.Duration) { p.latency.Add(d) }

// Merge counts latencies that were counted elsewhere.
func (p *Probe) Merge(l *stages.Latency) { p.latency.Merge(l) }

// Watch has the links of a pipeline looked at while the run lasts: how full they are,
// and which stage waits for which.
func (p *Probe) Watch(line *pipeline.Pipeline) {
	p.Observe(func() State {
		seen := line.Stats()
		s := State{Waits: waitsOf(seen)}
		for _, l := range seen.Links {
			share := float64(l.Fill) / float64(l.Cap)
			if l.MaxBytes > 0 {
				share = max(share, min(1, float64(l.Bytes)/float64(l.MaxBytes)))
			}
			s.Fills = append(s.Fills, Fill{l.From, l.To, share})
		}
		return s
	})
}

// Observe has f asked while the run lasts, by one goroutine, and once at its end.
func (p *Probe) Observe(f func() State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watched = append(p.watched, f)
}

// state asks all that is watched.
func (p *Probe) state() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := State{Bytes: p.bytes.Load(), Items: p.items.Load()}
	for _, f := range p.watched {
		s := f()
		all.Bytes += s.Bytes
		all.Items += s.Items
		all.Fills = append(all.Fills, s.Fills...)
		all.Waits = addWaits(all.Waits, s.Waits)
		all.Level = max(all.Level, s.Level)
	}
	return all
}
