package pipeline

import (
	"fmt"
	"strings"
)

// Defaults of a link.
const (
	defaultBuffer = 64 // items; beyond it the cost of an item hardly falls (bench/)
	sizedBuffer   = 4  // items that have a size are chunks: four of them keep both ends busy
	maxSlab       = 16 // items; most of the gain of a slab is there at 8 to 16
	slabsInBuffer = 4  // so that the open slab and the one in hand are half the buffer at most
)

// An Option is a setting of one stage. Buffer, Slab, Bytes and Drop belong to
// the link that leaves the stage, Workers, Unordered and Gated to its function. One
// that the stage has no use for is a wiring fault.
type Option struct {
	kind  optionKind
	set   func(*settings)
	fault string // why the value given cannot be
}

type optionKind uint

const (
	optBuffer optionKind = 1 << iota
	optSlab
	optBytes
	optDrop
	optWorkers
	optUnordered
	optGated

	optLink    = optBuffer | optSlab | optBytes | optDrop
	optWorking = optWorkers | optUnordered | optGated
)

func (k optionKind) String() string {
	names := []string{"Buffer", "Slab", "Bytes", "Drop", "Workers", "Unordered", "Gated"}
	var in []string
	for i, name := range names {
		if k&(1<<i) != 0 {
			in = append(in, name)
		}
	}
	return strings.Join(in, ", ")
}

// settings is what the options of one stage came to. Zero fields were not
// given.
type settings struct {
	buffer, slab, workers int
	bytes                 int64
	unordered             bool
	gate                  Gate
	drop                  any // func(T) of the stage's output
}

// Buffer sets how many items the link holds before emit blocks: 64 by itself,
// 4 for items that have a method Size() int and no [Bytes].
func Buffer(items int) Option {
	o := Option{kind: optBuffer, set: func(s *settings) { s.buffer = items }}
	if items < 1 {
		o.fault = fmt.Sprintf("Buffer(%d): a link holds at least 1 item", items)
	}
	return o
}

// Slab sets how many items travel together when the consumer is behind: a
// quarter of the buffer by itself, 16 at most, 1 for items that have a method
// Size() int. A slab larger than the buffer is cut to it. Slab(1) makes the
// link a plain channel.
func Slab(n int) Option {
	o := Option{kind: optSlab, set: func(s *settings) { s.slab = n }}
	if n < 1 {
		o.fault = fmt.Sprintf("Slab(%d): a slab holds at least 1 item", n)
	}
	return o
}

// Bytes bounds the link by weight as well: emit blocks while the items in it
// and the new one weigh more than limit together, each weighing what its
// method Size() int says when it is emitted. An item heavier than limit
// passes alone. Items without such a method are a wiring fault.
func Bytes(limit int64) Option {
	o := Option{kind: optBytes, set: func(s *settings) { s.bytes = limit }}
	if limit < 1 {
		o.fault = fmt.Sprintf("Bytes(%d): the limit is at least 1 byte", limit)
	}
	return o
}

// Drop names the function that is handed, once each, the items of this stage
// that nobody received: those still in the link when the run ends, those that
// emit refused, those of a [Map] that were computed and not emitted. T is the
// type of the stage's output. Release must not block. It is called from the
// pipeline's goroutines, one call at a time in the whole pipeline.
//
// A stage without a Drop of its own uses that of its input where both carry
// the same type, since it passes the same items on; [Batch] hands the items of
// a batch one by one to that of its input. Only [Tee], whose outputs share
// their items, never inherits.
func Drop[T any](release func(T)) Option {
	o := Option{kind: optDrop, set: func(s *settings) { s.drop = release }}
	if release == nil {
		o.fault = "Drop: the function is nil"
	}
	return o
}

// Workers sets how many calls of the function of a [Map] or [Each] may run at
// once: 1 by itself. The results of Map keep the order of their items. A worker
// takes one item at a time, or a part of a slab while items cost it less than
// some 10 µs; one that has nothing to do takes over half of what the busiest
// has not begun.
func Workers(n int) Option {
	o := Option{kind: optWorkers, set: func(s *settings) { s.workers = n }}
	if n < 1 {
		o.fault = fmt.Sprintf("Workers(%d): a stage has at least 1 worker", n)
	}
	return o
}

// Unordered lets a [Map] with several workers emit each result when it is
// ready, so that a slow item does not hold back those behind it.
func Unordered() Option {
	return Option{kind: optUnordered, set: func(s *settings) { s.unordered = true }}
}

// gather applies opts, and reports to fault those that cannot be.
func gather(opts []Option, allowed optionKind, fault func(string)) settings {
	var s settings
	for _, o := range opts {
		switch {
		case o.set == nil: // the zero Option sets nothing
		case o.fault != "":
			fault(o.fault)
		case o.kind&allowed == 0:
			fault(fmt.Sprintf("%v does not apply to it", o.kind))
		default:
			o.set(&s)
		}
	}
	s.workers = max(s.workers, 1)
	return s
}
