package stages

import (
	"time"

	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
)

// ControlStats is what a [Control] sees and does at one moment.
type ControlStats struct {
	// Pressure holds the limits in force with their level, score, factors and
	// reason, and the last sample with the memory of every source.
	Pressure pressure.Stats
	// Rates are those set and those in force.
	Rates pressure.LimiterStats

	Streams    int     // on their way
	Bytes      int64   // that arrived
	Throughput float64 // bytes a second, of the last sample; negative when not known
	Chunk      int     // size of the chunk asked for last, bytes; 0 before the first
	Memory     int64   // bytes that the pool has taken from the system
	Budget     int64   // bytes that it may hand out

	// Kept is what may be released early, and how much has been.
	Kept cleanup.Stats

	Links []LinkStats // of all streams, in the order of the stages
	Lost  Lost
	// Chunks counts the chunks that arrived, P50 and P99 are how long half and 99 %
	// of them took from their reading to the sink; [Control.Latency] has the rest.
	Chunks   int64
	P50, P99 time.Duration
}

// Lost is the time that streams have waited, all of them together, for what is no
// link.
type Lost struct {
	Memory time.Duration // until the pool had room
	Levels time.Duration // delays and pauses
	Rates  time.Duration // that a user set
}

// Latency is how long chunks took from their reading to the sink.
func (c *Control) Latency() *Latency { return &c.flow.latency }

// Stats is the state now.
func (c *Control) Stats() ControlStats {
	s := ControlStats{
		Pressure: c.monitor.Stats(),
		Rates:    c.limiter.Stats(),
		Streams:  int(c.flow.active.Load()),
		Bytes:    c.flow.bytes.Load(),
		Chunk:    int(c.flow.size.Load()),
		Memory:   c.pool.Allocated(),
		Budget:   c.pool.Budget(),
		Kept:     c.scope.Stats(),
		Links:    c.flow.linkStats(),
		Chunks:   c.flow.latency.Count(),
		P50:      c.flow.latency.Quantile(0.50),
		P99:      c.flow.latency.Quantile(0.99),
	}
	s.Throughput = s.Pressure.Sample.Throughput
	s.Lost = Lost{Memory: c.pool.Waited(), Levels: time.Duration(c.held.Load()), Rates: s.Rates.Waited}
	return s
}
