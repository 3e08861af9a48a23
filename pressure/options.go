package pressure

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Options are the settings of a [Monitor] and of a [Controller]; their zero
// value is the default of each.
type Options struct {
	// Thresholds of memory.
	Thresholds Thresholds
	// Interval is the time from sample to sample. 0 means 250 ms: at a gigabyte
	// a second, a sample every 5 s could not protect 50 MB.
	Interval time.Duration
	// Window is how much of the past [Monitor.History] keeps. 0 means 5 minutes.
	Window time.Duration
	// MaxChunk is the largest chunk that anybody asks for, in bytes, which the
	// levels take their share of. 0 means 1 MiB.
	MaxChunk int
	// MaxStreams is how many streams run while nothing is wrong. 0 means 10.
	MaxStreams int
	// MaxPause is the longest pause that [Monitor.Wait] sits out before it
	// returns [ErrPaused]. 0 means no bound.
	MaxPause time.Duration
	// Measure reads the memory. It is called by Run alone, once an interval. A
	// source that cannot be read keeps its last reading, and the error shows in
	// [Stats]. nil means a [Meter].
	Measure func() (Memory, error)
	// Root is where the default Meter looks for /proc and control groups. Empty
	// means "/".
	Root string
}

// OptionError is one setting outside its bounds. Whatever validates joins one
// for each.
type OptionError struct {
	Field  string // as in [Options], [Thresholds], [MeterOptions] or [Rates]
	Value  string // as it was given
	Bounds string // in words, with an example where one helps
}

// Error is one line that names the field, the value and the bounds.
func (e *OptionError) Error() string {
	return fmt.Sprintf("pressure: %s is %s: %s", e.Field, e.Value, e.Bounds)
}

func (o Options) withDefaults() Options {
	o.Thresholds = o.Thresholds.withDefaults()
	o.Interval = orDefault(o.Interval, 250*time.Millisecond)
	o.Window = orDefault(o.Window, 5*time.Minute)
	o.MaxChunk = orDefault(o.MaxChunk, 1<<20)
	o.MaxStreams = orDefault(o.MaxStreams, None.MaxStreams())
	return o
}

// validate reports every fault of options that have their defaults. memory is
// as in [Thresholds.Validate].
func (o Options) validate(memory int64) error {
	return errors.Join(
		o.Thresholds.Validate(memory),
		checkRange("Interval", o.Interval, time.Millisecond, time.Minute),
		checkRange("Window", o.Window, 10*time.Second, time.Hour),
		checkRange("MaxChunk", o.MaxChunk, grid, 1<<20),
		checkRange("MaxStreams", o.MaxStreams, 1, 10_000),
		checkRange("MaxPause", o.MaxPause, 0, 24*time.Hour),
	)
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func optionError(field string, value any, bounds string) error {
	return &OptionError{Field: field, Value: fmt.Sprint(value), Bounds: bounds}
}

// checkFraction wants more than 0 and at most 1; NaN is neither.
func checkFraction(field string, v float64) error {
	if v > 0 && v <= 1 {
		return nil
	}
	return optionError(field, v, "want more than 0 and at most 1")
}

func checkLeast[T cmp.Ordered](field string, v, least T) error {
	if v >= least {
		return nil
	}
	return optionError(field, v, fmt.Sprintf("want at least %v", least))
}

func checkRange[T cmp.Ordered](field string, v, least, most T) error {
	if v >= least && v <= most {
		return nil
	}
	return optionError(field, v, fmt.Sprintf("want from %v to %v", least, most))
}
