package stages

import (
	"time"

	"github.com/penstock-go/penstock/pressure"
)

// Metrics are what the streams of a [Control] have done so far, all of it measured.
type Metrics struct {
	Bytes       int64         // that arrived
	Throughput  float64       // bytes a second, from the first stream's begin on
	PeakMemory  int64         // of the process's resident set at any sample, bytes
	ChunkTime   time.Duration // mean, from the reading of a chunk to its arrival
	Succeeded   int64         // streams
	Failed      int64         // streams; those that were stopped are neither
	Recoveries  int64         // streams that went on after they had been interrupted or had failed
	Recovered   int64         // of them, those that then succeeded
	Active      int           // streams
	Level       float64       // mean of the backpressure level, 0 (NONE) to 4 (CRITICAL), over the samples
	Cleanups    int64         // resources that were released early or at the end of a part
	Measured    time.Duration // since the first stream began
	LastLevel   pressure.Level
	MemoryLevel pressure.MemoryLevel
}

// Metrics are those of now.
func (c *Control) Metrics() Metrics {
	limits := c.Limits()
	m := Metrics{
		Bytes: c.flow.bytes.Load(), ChunkTime: c.flow.latency.Mean(),
		Succeeded: c.flow.succeeded.Load(), Failed: c.flow.failed.Load(),
		Recoveries: c.flow.recoveries.Load(), Recovered: c.flow.recovered.Load(),
		Active: int(c.flow.active.Load()), Cleanups: c.scope.Stats().Releases,
		LastLevel: limits.Level, MemoryLevel: limits.MemoryLevel,
	}
	if began := c.flow.began.Load(); began != nil {
		m.Measured = time.Since(*began)
		m.Throughput = float64(m.Bytes) / max(m.Measured.Seconds(), 1e-9)
	}
	watched := c.monitor.Stats()
	m.PeakMemory, m.Level = watched.Peak, watched.Mean
	return m
}

// Recovering counts a stream that goes on after it was interrupted, or tries again
// after it failed. ended is to be told how that ended.
func (c *Control) Recovering() (ended func(error)) {
	c.flow.recoveries.Add(1)
	return func(err error) {
		if err == nil {
			c.flow.recovered.Add(1)
		}
	}
}
