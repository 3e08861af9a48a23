// Package pressure says how hard the machine is being pressed, and how much the
// streams may therefore ask of it.
//
// Make a [Monitor], register what it shall look at, run it beside the work, and
// read its [Limits] wherever something is about to be asked for:
//
//	m, err := pressure.New(pressure.Options{})
//	defer m.Register(pressure.Gauges{Fill: link.Fill, Streams: gate.Held})()
//	go m.Run(ctx) // in a group that is waited for
//	…
//	limits := m.Limits() // one atomic load
//
// # The model
//
// Backpressure is the links. Pressure is read from them and never pushed into
// them: a stage that is behind fills the link before it, the sender blocks, and
// nothing needs to be told to anybody. What this package adds is what a full
// link cannot know: that memory is short, and that more streams or larger
// chunks would only queue. It turns memory and the fill of the links into one
// immutable Limits value; those who start something (the read of a chunk, a
// stream) look at it first. Nobody is interrupted.
//
// Two levels are kept. The [MemoryLevel] follows the largest of four readings
// ([Memory]) against [Thresholds], and their growth. The [Level] follows a score
// of three [Factors]: memory, concurrency, throughput. The last two count only
// while the fullest link is more than half full and throughput is poor:
// otherwise a machine with nothing wrong would be slowed down, would then be
// slow, and would be slowed down for it. For the same reason a delay that full
// links call for never takes more of a stream's time than it spends waiting
// anyway. Levels rise at once and fall with a margin of 5 points and 1 s
// ([Controller]).
//
// A [Gate] bounds how many streams run, with a width that may change while it
// is used. A [Limiter] bounds bytes and operations a second.
//
// # Concurrency
//
// Monitor, Gate and Limiter are safe for concurrent use. Thresholds, Sample,
// Factors, Limits and the levels are values and their methods pure. Controller,
// History and Meter belong to one goroutine. Nothing here starts a goroutine:
// [Monitor.Run] blocks, and whoever starts it waits for it.
//
// # Limits
//
// A pause (level CRITICAL) ends no stream: it starts none and holds the running
// ones where they are, and all go on when the level falls. It is for what gets
// better: memory that the program itself takes, chunks apart, is waited for no longer
// than a second, and where that alone is above the ceiling one stream goes on
// ([Limits].Overrun). There is no reaction
// to a reading that cannot be had: the other readings decide.
package pressure
