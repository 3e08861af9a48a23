package stages

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
)

// flow is what all streams of a [Control] move: the gauges that its monitor asks,
// and what its statistics tell.
type flow struct {
	active atomic.Int64 // streams on their way
	began  atomic.Pointer[time.Time]
	// succeeded and failed are streams, recoveries those that went on after something
	// and recovered those of them that ended well.
	succeeded, failed, recoveries, recovered atomic.Int64
	bytes                                    atomic.Int64 // that arrived
	latency                                  Latency      // of their chunks

	// chunks is how many arrived of streams that have several, and apart the time
	// from each to the one before it, all together, in nanoseconds.
	chunks, apart atomic.Int64

	size atomic.Int64 // of the chunk that was asked for last

	mu      sync.Mutex // guards what follows
	streams map[*stream]struct{}
	links   []LinkStats // of the streams that have ended, by stage

	rate rate // asked by one goroutine, the monitor's
}

// gauges are for one monitor.
func (f *flow) gauges() pressure.Gauges {
	f.rate = rate{}
	return pressure.Gauges{
		Fill:       f.fill,
		Streams:    func() int { return int(f.active.Load()) },
		Throughput: func() float64 { f.rate.sample(f); return f.rate.bytes },
		ChunkTime:  func() time.Duration { return f.rate.chunk },
	}
}

func (f *flow) arrived(bytes int, at time.Time) {
	f.bytes.Add(int64(bytes))
	f.latency.Add(time.Since(at))
}

// begin counts a stream.
func (f *flow) begin() {
	f.active.Add(1)
	if f.began.Load() == nil {
		now := time.Now()
		f.began.CompareAndSwap(nil, &now)
	}
}

// end counts how a stream ended. One that was stopped has neither succeeded nor
// failed.
func (f *flow) end(ctx context.Context, err error) {
	f.active.Add(-1)
	switch {
	case err == nil:
		f.succeeded.Add(1)
	case ctx.Err() == nil && !errors.Is(err, ErrStopped):
		f.failed.Add(1)
	}
}

// fill is how full the fullest link is behind the place where streams wait for
// levels and rates. Those before it are full whenever they wait.
func (f *flow) fill() (fullest float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.streams {
		fullest = max(fullest, s.fill())
	}
	return fullest
}

func (f *flow) join(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams == nil {
		f.streams = make(map[*stream]struct{})
	}
	f.streams[s] = struct{}{}
}

func (f *flow) leave(s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.streams, s)
	f.links = addLinks(f.links, s.pipeline.Stats())
}

// LinkStats are the links between two stages, those of all streams together.
type LinkStats struct {
	From, To string
	Fill     float64       // of the fullest that there is now, 0 to 1
	SendWait time.Duration // time that From waited for room
	RecvWait time.Duration // time that To waited for chunks
}

// linkStats adds up the links of the streams that have ended and of those that
// have not.
func (f *flow) linkStats() []LinkStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := append([]LinkStats(nil), f.links...)
	for i := range sum {
		sum[i].Fill = 0
	}
	for s := range f.streams {
		sum = addLinks(sum, s.pipeline.Stats())
	}
	return sum
}

func addLinks(sum []LinkStats, p pipeline.Stats) []LinkStats {
	for _, l := range p.Links {
		i := 0
		for i < len(sum) && sum[i].From != l.From {
			i++
		}
		if i == len(sum) {
			sum = append(sum, LinkStats{From: l.From, To: l.To})
		}
		sum[i].Fill = max(sum[i].Fill, float64(l.Fill)/float64(l.Cap))
		sum[i].SendWait += l.SendWait
		sum[i].RecvWait += l.RecvWait
	}
	return sum
}

// rate is the flow of the last second or so.
type rate struct {
	bytes float64       // a second; negative while not known
	chunk time.Duration // from a chunk of a stream to its next; 0 while not known

	marks [5]mark // the last samples, a ring: a second's at the monitor's interval
	n     int
}

// mark is the flow's counters at one moment.
type mark struct {
	at                   time.Time
	bytes, chunks, apart int64
}

// sample brings the rate up to now. Without streams nothing is known: that
// nothing comes is then no sign of anything.
func (r *rate) sample(f *flow) {
	now := mark{time.Now(), f.bytes.Load(), f.chunks.Load(), f.apart.Load()}
	if f.active.Load() == 0 {
		*r = rate{bytes: -1}
		return
	}
	before := r.marks[r.n%len(r.marks)] // the oldest, once there are as many
	r.marks[r.n%len(r.marks)] = now
	r.n++
	r.bytes, r.chunk = -1, 0
	if r.n <= len(r.marks) {
		return
	}
	r.bytes = float64(now.bytes-before.bytes) / now.at.Sub(before.at).Seconds()
	if n := now.chunks - before.chunks; n > 0 {
		r.chunk = time.Duration((now.apart - before.apart) / n)
	}
}
