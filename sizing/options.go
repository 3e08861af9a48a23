package sizing

import (
	"errors"
	"fmt"
)

// Options are the settings of a [Sizer]; their zero value is the default of
// each.
type Options struct {
	// Size, when not 0, is the size of every chunk: nothing is adapted. It is a
	// multiple of [Grid] from Min to Max.
	Size int
	// Min is the smallest size handed out, a multiple of [Grid]. 0 means [Min].
	Min int
	// Max is the largest size handed out, a multiple of [Grid]. 0 means [Max].
	Max int
	// Start is the size to begin at, a multiple of [Grid] from Min to Max: what was
	// best for a file like this. 0 means its [Class].
	Start int
	// Reference is the best throughput of the storage, shared by the sizers of
	// all its streams. nil means that this sizer measures by itself alone.
	Reference *Reference
}

// OptionError is one setting outside its bounds. [New] joins one for each.
type OptionError struct {
	Field  string // as in [Options]
	Value  int    // bytes
	Bounds string // in words, with an example where one helps
}

// Error is one line that names the field, the value and the bounds.
func (e *OptionError) Error() string {
	return fmt.Sprintf("sizing: %s is %d bytes: %s", e.Field, e.Value, e.Bounds)
}

func (o Options) withDefaults() Options {
	if o.Min == 0 {
		o.Min = Min
	}
	if o.Max == 0 {
		o.Max = Max
	}
	if o.Reference == nil {
		o.Reference = new(Reference)
	}
	return o
}

// validate reports every fault of options that have their defaults.
func (o Options) validate() error {
	faults := []error{checkSize("Min", o.Min), checkSize("Max", o.Max)}
	if o.Size != 0 {
		faults = append(faults, checkSize("Size", o.Size))
	}
	if o.Start != 0 {
		faults = append(faults, checkSize("Start", o.Start))
	}
	if err := errors.Join(faults...); err != nil {
		return err // an order among values that are wrong in themselves says nothing
	}
	if o.Min > o.Max {
		return &OptionError{"Min", o.Min, fmt.Sprintf("want at most Max, which is %d", o.Max)}
	}
	if o.Size != 0 && (o.Size < o.Min || o.Size > o.Max) {
		return &OptionError{"Size", o.Size, fmt.Sprintf("want from Min, %d, to Max, %d", o.Min, o.Max)}
	}
	return nil
}

func checkSize(field string, n int) error {
	if n >= Min && n <= Max && n%Grid == 0 {
		return nil
	}
	return &OptionError{field, n, fmt.Sprintf("want a multiple of %d from %d to %d, for example %d", Grid, Min, Max, Default)}
}
