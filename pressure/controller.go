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
type Controller struct {
	options Options
	memory  falling[MemoryLevel]
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
	before, was := c.memory.level, c.level.level
	memory := c.stepMemory(s)
	factors := s.Factors()
	score := factors.Score()
	if was == Critical {
		c.level.forget() // to hold a pause longer than it must be would starve the sink
	}
	level := c.level.step(s.At, LevelOf(score), LevelOf(score+margin))
	if memory != before || level != was {
		c.reason = reason(s, factors, memory, level)
	}
	l := limitsFor(c.options, memory, level, s)
	l.Reason = c.reason
	return l
}

func (c *Controller) stepMemory(s Sample) MemoryLevel {
	t := c.options.Thresholds
	usage := s.Memory.Usage()
	growth := t.GrowthLevel(s.Growth, s.growing())
	return c.memory.step(s.At,
		max(t.MemoryLevel(s.Memory), growth),
		max(t.MemoryLevel(s.Memory), t.Level(usage+margin/100.0), growth))
}

// reason says in words why the levels are what they are.
func reason(s Sample, f Factors, memory MemoryLevel, level Level) string {
	var parts []string
	if memory > MemoryNormal || f.Memory > 0 {
		part := fmt.Sprintf("memory %v, %v", memory, s.Memory.Largest())
		if s.Growth > 0.02 {
			part += fmt.Sprintf(", growing %.0f %% a second", 100*s.Growth)
		}
		parts = append(parts, part)
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
