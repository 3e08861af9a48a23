package pipeline

import "github.com/sourcegraph/conc/panics"

// dropper is where the items of one link go that nobody received. Without a
// release they are left to the garbage collector.
type dropper[T any] struct {
	release func(T)
	of      *node // whose link it is
}

// all hands every item of vs over, once each, also those behind one whose
// release panicked, and clears vs.
func (d dropper[T]) all(vs []T) {
	if d.release != nil {
		for _, v := range vs {
			d.one(v)
		}
	}
	clear(vs)
}

// one hands v over. A panic is kept for the end of the run: the caller is on
// its way out already, and has an error of its own.
func (d dropper[T]) one(v T) {
	if d.release == nil {
		return
	}
	p := d.of.p
	p.dropping <- struct{}{}
	defer func() { <-p.dropping }()
	d.hand(v)
}

// hand calls release, with p.dropping held.
func (d dropper[T]) hand(v T) {
	if r := panics.Try(func() { d.release(v) }); r != nil {
		d.of.p.mishap(&StageError{Stage: d.of.name, Err: &PanicError{Value: r.Value, Stack: r.Stack}})
	}
}
