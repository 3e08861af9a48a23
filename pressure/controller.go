package pressure

import (
	"fmt"
	"strings"
)

// Controller makes limits from samples. It has no clock and does no I/O: the
// same samples always give the same limits. A level rises with the sample that
// calls for it, and falls once every sample of a whole second was more than 5
// points below where the level begins; a level that was back within 10 s of its
// fall waits twice as long the next time, up to 30 s, unless it is a pause. It
// belongs to one goroutine; [Monitor] runs one. The zero value has the default
// options.
//
// A level that the process calls for by memory which no stream can give back has
// nothing to wait for. Once that has been so for a second, the process's own memory
// adds nothing to the score and to the delay any more, and so never pauses; chunks
// and streams stay bounded by it.
type Controller struct {
	options Options
	memory  falling[MemoryLevel]
	own     falling[MemoryLevel] // of what no stream can give back; negated, so that it rises late
	level   falling[Level]
	reason  string
}

// NewController makes a Controller. Of the options it uses Thresholds, MaxChunk
// and MaxStreams; every fault in any is reported at once, an [OptionError] each.
func NewController(o Options) (*Controller, error) {
	o = o.withDefaults()
	if err := o.validate(0); err != nil {
		return nil, err
	}
	return &Controller{options: o}, nil
}

// Step is the limits from this sample on. Samples come in order of time.
func (c *Controller) Step(s Sample) Limits {
	if c.options.MaxStreams == 0 {
		c.options = c.options.withDefaults()
	}
	before, was, over := c.memory.level, c.level.level, c.overrun()
	memory, own := c.stepMemory(s), c.stepOwn(s)
	short, waits := s, memory // what may get better if it is waited for
	if own > MemoryNormal {
		short = s.withoutOwn()
		waits = max(c.options.Thresholds.MemoryLevel(short.Memory), c.growthLevel(s))
	}
	factors := short.Factors()
	score := factors.Score()
	if was == Critical {
		c.level.forget() // to hold a pause longer than it must be would starve the sink
	}
	level := c.level.step(s.At, LevelOf(score), LevelOf(score+margin))
	if memory != before || level != was || c.overrun() != over {
		c.reason = c.inWords(s, factors)
	}
	l := limitsFor(c.options, memory, level, short)
	l.Usage, l.Reason = s.Memory.Usage(), c.reason
	if c.overrun() {
		l.Overrun = s.own().Largest()
		l.MaxChunk, l.MaxStreams = grid, min(l.MaxStreams, 1)
	}
	l.Delay = l.delay(waits, short)
	return l
}

func (c *Controller) stepMemory(s Sample) MemoryLevel {
	t := c.options.Thresholds
	level, growth := t.MemoryLevel(s.Memory), c.growthLevel(s)
	return c.memory.step(s.At, max(level, growth), max(level, t.Level(s.Memory.Usage()+margin/100.0), growth))
}

func (c *Controller) growthLevel(s Sample) MemoryLevel {
	return c.options.Thresholds.GrowthLevel(s.Growth, s.growing())
}

// stepOwn is the level that the process has called for, in every sample of a second,
// by what no stream can give back. Until then it may be garbage, or on its way.
func (c *Controller) stepOwn(s Sample) MemoryLevel {
	t, own := c.options.Thresholds, s.own()
	level := t.MemoryLevel(own)
	return -c.own.step(s.At, -max(level, t.Level(own.Usage()+margin/100.0)), -level)
}

// overrun reports whether that alone is an emergency.
func (c *Controller) overrun() bool { return -c.own.level == MemoryEmergency }

// inWords says why the levels are what they are.
func (c *Controller) inWords(s Sample, f Factors) string {
	memory, level := c.memory.level, c.level.level
	var parts []string
	if memory > MemoryNormal || f.Memory > 0 {
		part := fmt.Sprintf("memory %v, %v", memory, s.Memory.Largest())
		if s.Growth > 0.02 {
			part += fmt.Sprintf(", growing %.0f %% a second", 100*s.Growth)
		}
		parts = append(parts, part)
	}
	own := fmt.Sprintf("the program itself takes %.1f MiB", float64(s.own().Largest().Used)/(1<<20))
	switch {
	case c.overrun():
		parts = append(parts, own+", which cannot be held: one stream goes on, with the smallest chunks")
	case -c.own.level > MemoryNormal:
		parts = append(parts, own+", for which nothing waits")
	}
	if f.Throughput > 0 {
		part := fmt.Sprintf("the fullest link %.0f %% full", 100*s.Fill)
		if s.Throughput >= 0 {
			part += fmt.Sprintf(", %.1f MiB/s", s.Throughput/(1<<20))
		}
		parts = append(parts, part+fmt.Sprintf(", %d streams", s.Streams))
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing holds the streams back")
	}
	return fmt.Sprintf("%v (%.0f points: memory %.0f, concurrency %.0f, throughput %.0f): %s",
		level, f.Score(), f.Memory, f.Concurrency, f.Throughput, strings.Join(parts, "; "))
}
