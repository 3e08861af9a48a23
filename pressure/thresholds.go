package pressure

import (
	"errors"
	"fmt"
)

// The specification's figures, each the default of a field of [Thresholds].
const (
	defaultWarning          = 0.60
	defaultCritical         = 0.75
	defaultEmergency        = 0.85
	defaultStreamingTrigger = 1 << 20
	defaultEmergencyTrigger = 100 << 20
	defaultMaxMemory        = 50 << 20
	defaultSystemShare      = 0.80
	defaultMultiplier       = 0.7
)

// leastMemory is the smallest ceiling that can be kept: the runtime, the binary
// and one chunk a stream take about 12 MiB.
const leastMemory = 16 << 20

// mostStreamingTrigger is one chunk of the largest size: what is not streamed is read
// whole.
const mostStreamingTrigger = 1 << 20

// growthFloor is the usage below which growth is no concern: a heap that grows
// from 3 to 4 MB is no emergency.
const growthFloor = 0.40

// Thresholds say at which memory usage which level begins, and which files are
// streamed. Usages are fractions of 1. Each zero field means its default, so
// that the zero value is the specification's.
type Thresholds struct {
	Warning   float64 // 0 means 0.60
	Critical  float64 // 0 means 0.75
	Emergency float64 // 0 means 0.85

	// MaxMemory is the ceiling of the process's resident set, in bytes. 0 means
	// 50 MiB.
	MaxMemory int64
	// EmergencyTrigger is the resident set, in bytes, at which the level is
	// [MemoryEmergency] whatever part of MaxMemory that is. 0 means 100 MiB, or
	// MaxMemory when that is more.
	EmergencyTrigger int64
	// SystemShare is the part of the machine's memory that may be in use, by all
	// processes together. 0 means 0.80.
	SystemShare float64
	// StreamingTrigger is the size from which a file is streamed while memory is
	// normal, in bytes, 4 KiB to 1 MiB. 0 means 1 MiB.
	StreamingTrigger int64
	// Multiplier is the part of a rate that is left while memory is above normal.
	// 0 means 0.7.
	Multiplier float64
}

func (t Thresholds) withDefaults() Thresholds {
	t.Warning = orDefault(t.Warning, defaultWarning)
	t.Critical = orDefault(t.Critical, defaultCritical)
	t.Emergency = orDefault(t.Emergency, defaultEmergency)
	t.MaxMemory = orDefault(t.MaxMemory, defaultMaxMemory)
	t.EmergencyTrigger = orDefault(t.EmergencyTrigger, max(defaultEmergencyTrigger, t.MaxMemory))
	t.SystemShare = orDefault(t.SystemShare, defaultSystemShare)
	t.StreamingTrigger = orDefault(t.StreamingTrigger, defaultStreamingTrigger)
	t.Multiplier = orDefault(t.Multiplier, defaultMultiplier)
	return t
}

// Level is the level of a usage, a fraction.
func (t Thresholds) Level(usage float64) MemoryLevel {
	t = t.withDefaults()
	switch {
	case usage >= t.Emergency:
		return MemoryEmergency
	case usage >= t.Critical:
		return MemoryCritical
	case usage >= t.Warning:
		return MemoryWarning
	default: // NaN too
		return MemoryNormal
	}
}

// GrowthLevel is the level of a growth, a fraction of what was in use a second
// earlier: above 10 % an emergency, above 5 % critical, above 2 % a warning, at
// a usage of more than 40 %.
func (t Thresholds) GrowthLevel(growth, usage float64) MemoryLevel {
	switch {
	case usage <= growthFloor:
		return MemoryNormal
	case growth > 0.10:
		return MemoryEmergency
	case growth > 0.05:
		return MemoryCritical
	case growth > 0.02:
		return MemoryWarning
	default: // NaN too
		return MemoryNormal
	}
}

// MemoryLevel is the level of a whole reading: of its largest usage, or the
// highest one when the process alone has passed the emergency trigger.
func (t Thresholds) MemoryLevel(m Memory) MemoryLevel {
	t = t.withDefaults()
	if m[SourceProcess].Used >= t.EmergencyTrigger {
		return MemoryEmergency
	}
	return t.Level(m.Usage())
}

// ShouldStream reports whether a file of this many bytes is streamed rather than
// read as one chunk: from the streaming trigger up, and under pressure already
// above a half (warning) or a quarter of it.
func (t Thresholds) ShouldStream(size int64, level MemoryLevel) bool {
	trigger := t.withDefaults().StreamingTrigger
	switch level {
	case MemoryNormal:
		return size >= trigger
	case MemoryWarning:
		return size >= trigger || size > trigger/2
	case MemoryCritical, MemoryEmergency:
	}
	return size >= trigger || size > trigger/4
}

// Validate reports every setting that is out of its bounds at once, an
// [OptionError] each. memory is how much the machine has, in bytes; 0 when that
// is not known.
func (t Thresholds) Validate(memory int64) error {
	t = t.withDefaults()
	return errors.Join(
		t.validateLevels(),
		checkFraction("SystemShare", t.SystemShare),
		checkFraction("Multiplier", t.Multiplier),
		t.validateMemory(memory),
		checkLeast("EmergencyTrigger", t.EmergencyTrigger, leastMemory),
		checkRange("StreamingTrigger", t.StreamingTrigger, grid, mostStreamingTrigger),
	)
}

func (t Thresholds) validateLevels() error {
	if err := errors.Join(
		checkFraction("Warning", t.Warning),
		checkFraction("Critical", t.Critical),
		checkFraction("Emergency", t.Emergency),
	); err != nil {
		return err // an order among values that are wrong in themselves says nothing
	}
	var faults []error
	if t.Warning >= t.Critical {
		faults = append(faults, optionError("Warning", t.Warning, fmt.Sprintf("want less than Critical, which is %v", t.Critical)))
	}
	if t.Critical >= t.Emergency {
		faults = append(faults, optionError("Critical", t.Critical, fmt.Sprintf("want less than Emergency, which is %v", t.Emergency)))
	}
	return errors.Join(faults...)
}

func (t Thresholds) validateMemory(memory int64) error {
	if memory <= 0 {
		return checkLeast("MaxMemory", t.MaxMemory, leastMemory)
	}
	if t.MaxMemory < leastMemory || t.MaxMemory > memory {
		return optionError("MaxMemory", t.MaxMemory,
			fmt.Sprintf("want from %d to the %d bytes of memory that there are, for example %d", leastMemory, memory, defaultMaxMemory))
	}
	return nil
}
