package pressure

import (
	"math"
	"time"
)

// heavyChunk is the largest chunk that is handed on from [Heavy] up, in bytes.
const heavyChunk = 32 << 10

// headroom is the part of a stream's time from chunk to chunk that a delay for
// full links may take. Below 1, such a delay never lowers the throughput below
// what it is, and leaves it a quarter to grow by at every sample; so a slow sink
// cannot be starved by the very reaction to its being slow. Without this bound a
// simulated sink of 5 MB/s gets 0.94 of what it could take, in chunks of 256 KiB.
const headroom = 0.8

// Limits are what the streams may ask for at one moment, and why. A Limits value
// is never changed after it is made.
//
// They are the stricter of what the [MemoryLevel] and what the [Level] allow, one
// by one: the smaller chunk, the fewer streams, the longer delay, the smaller
// multiplier. The zero value is a pause; [Open] is its opposite.
type Limits struct {
	MemoryLevel MemoryLevel
	Level       Level
	Factors     Factors // the three parts of the score
	Usage       float64 // of memory, the largest of its sources

	// Overrun is what the process takes that no stream can give back, where that
	// alone is an emergency: the ceiling cannot be held, whatever is waited for. One
	// stream goes on then, with the smallest chunks, and waits for none of it.
	// Otherwise the zero value.
	Overrun Reading

	MaxChunk   int     // bytes; a larger chunk is split
	MaxStreams int     // streams that may run; 0 pauses all
	Delay      Delay   // before each read, drawn anew for each
	Multiplier float64 // of a rate limit, from 0 to 1

	// Reason is why the levels last changed, in words; empty before they have.
	Reason string
}

// Open is what is allowed while nothing is wrong.
func Open() Limits { return openLimits(Options{}.withDefaults()) }

func openLimits(o Options) Limits {
	return Limits{MaxChunk: o.MaxChunk &^ (grid - 1), MaxStreams: o.MaxStreams, Multiplier: 1}
}

// Score is the sum of the three factors, 0 to 100.
func (l Limits) Score() float64 { return l.Factors.Score() }

// Overran reports whether the ceiling cannot be held: see Overrun.
func (l Limits) Overran() bool { return l.Overrun.Used > 0 }

// Paused reports whether nothing may go on until the limits change.
func (l Limits) Paused() bool { return l.MaxStreams == 0 }

// Chunk is what the limits leave of a chunk of size bytes: the memory level's
// share of it, and no more than MaxChunk. It is a multiple of 4 KiB, and at
// least that.
func (l Limits) Chunk(size int) int {
	n := min(size, l.MaxChunk, l.MemoryLevel.AdjustedLimits(size).MaxChunk)
	return max(grid, n&^(grid-1))
}

// limitsFor combines what both levels allow, for what the sample saw.
func limitsFor(o Options, memory MemoryLevel, level Level, s Sample) Limits {
	l := openLimits(o)
	l.MemoryLevel, l.Level, l.Factors, l.Usage = memory, level, s.Factors(), s.Memory.Usage()
	adjusted := memory.AdjustedLimits(o.MaxChunk)
	l.MaxChunk = adjusted.MaxChunk
	if level >= Heavy {
		l.MaxChunk = min(l.MaxChunk, heavyChunk)
	}
	if memory > MemoryNormal {
		l.MaxStreams = min(l.MaxStreams, adjusted.MaxStreams)
		l.Multiplier = o.Thresholds.Multiplier
	}
	if level > None {
		l.MaxStreams = min(l.MaxStreams, level.MaxStreams())
		l.Multiplier = min(l.Multiplier, level.Multiplier())
	}
	return l
}

// delay is before each read: what memory asks for stands; what full links add to it
// is bounded.
func (l Limits) delay(memory MemoryLevel, s Sample) Delay {
	read := memory.AdjustedLimits(l.MaxChunk).ReadDelay
	return Delay{read, read}.
		stricter(min(l.Level, LevelOf(l.Factors.Memory)).Delay()).
		stricter(l.Level.Delay().atMost(l.longestDelay(s)))
}

// longestDelay is how long full links may hold up a read: [headroom] of the time
// that a stream will take from chunk to chunk, at the throughput that there is,
// once no more streams run and no larger chunks are read than l allows.
func (l Limits) longestDelay(s Sample) time.Duration {
	longest := float64(math.MaxInt64)
	running := float64(max(1, s.Streams))
	left := min(running, float64(max(1, l.MaxStreams)))
	if s.ChunkTime > 0 {
		longest = float64(s.ChunkTime) * left / running
	}
	if s.Throughput > 0 {
		longest = min(longest, float64(l.MaxChunk)*left/s.Throughput*float64(time.Second))
	}
	if longest >= math.MaxInt64/2 {
		return math.MaxInt64 // neither is known
	}
	return time.Duration(headroom * longest)
}
