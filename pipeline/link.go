package pipeline

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
)

// wire is the part of a link that does not depend on what it carries. The
// counters are atomics because they are read while the run goes on.
type wire struct {
	from, to *node
	capacity int // items that the channel holds
	slabSize int // items that travel together at most

	sent  atomic.Int64 // items that entered the channel, or were fetched past it
	taken atomic.Int64 // items that came into the consumer's hand, or were dropped from the link
	back  atomic.Int64 // of those taken, the ones that the stage never saw

	// shut and cut are what send and receive look at for every item, because
	// asking the context costs as much as the rest. They are set when the
	// contexts of all stages that are to end have; shut also when the consumer
	// has gone.
	shut, cut atomic.Bool

	broken atomic.Bool // the producer was cut short; set before the link is closed

	sends, recvs stopwatch
	scale        *scale // nil unless bounded in bytes
}

func (w *wire) wiring() *wire { return w }

// put sends v on the channel of a link. It reports false when the run or the
// consumer has ended instead. Before it blocks it lets go of the core, once: where
// the other end only wants that, it costs less than half of parking and being
// woken, and no clock is read.
func put[T any](ctx context.Context, w *wire, ch chan<- T, v T) bool {
	// Try first: a select over several channels costs more than twice as much.
	select {
	case ch <- v:
		return true
	default:
	}
	runtime.Gosched()
	if w.shut.Load() {
		return false
	}
	select {
	case ch <- v:
		return true
	default:
	}
	w.sends.begin()
	defer w.sends.end()
	select {
	case ch <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// ending says how a stage ended: with a whole stream or with one cut short.
type ending int

const (
	cutShort ending = iota
	finished
)

// carrier is one way of moving items. All of it but send and ready belongs to
// one goroutine at a time on either side.
type carrier[T any] interface {
	// send blocks until v is in the link, or drops it: when ctx has ended, whose
	// cause it returns, and when the consumer has left a stage that has others,
	// which is no error.
	send(ctx context.Context, v T) error
	// ready reports whether a send of v would not block, given that nobody
	// else sends.
	ready(v T) bool
	// take returns the items that are there, nil if there are none, or errEnd.
	// It reuses spent, the slab it returned last.
	take(spent []T) ([]T, error)
	// wait blocks until there are items, the end, or the alarm.
	wait(ctx context.Context, alarm <-chan time.Time) ([]T, error)
	// seal ends the stream, after a last flush.
	seal(ctx context.Context)
}

// link joins two stages.
type link[T any] struct {
	wire
	carrier[T]
	drop dropper[T]
}

// newLink makes output number len(n.outs) of n.
func newLink[T any](n *node, s settings, inherited func(T)) *link[T] {
	l := &link[T]{drop: dropper[T]{inherited, n}}
	l.from = n
	if s.drop != nil {
		own, ok := s.drop.(func(T))
		if !ok {
			n.fault(fmt.Sprintf("Drop takes another type than its output, %v", reflect.TypeFor[T]()))
		}
		l.drop.release = own
	}
	sized := reflect.TypeFor[T]().Implements(reflect.TypeFor[sizer]())
	buffer, slab := s.capacity(sized)
	switch {
	case s.bytes > 0 && !sized:
		n.fault(fmt.Sprintf("Bytes needs items with a method Size() int, and %v has none", reflect.TypeFor[T]()))
		fallthrough // any carrier will do for a pipeline that will not run
	case s.bytes == 0 && slab == 1:
		l.carrier = newSingle(&l.wire, l.drop, buffer)
	case s.bytes > 0:
		if slab > 1 {
			n.fault(fmt.Sprintf("Slab(%d) and Bytes do not go together: a slab is not weighed", slab))
		}
		l.carrier = newWeighed(&l.wire, l.drop, buffer, s.bytes)
	default:
		l.carrier = newSlabs(&l.wire, l.drop, buffer, slab)
	}
	n.outs = append(n.outs, l)
	n.wanted.Add(1)
	return l
}

// capacity returns how many items a link buffers and how many travel together.
func (s settings) capacity(sized bool) (buffer, slab int) {
	buffer, slab = s.buffer, s.slab
	if buffer == 0 {
		buffer = defaultBuffer
		if sized && s.bytes == 0 {
			buffer = sizedBuffer
		}
	}
	if slab == 0 {
		slab = min(max(buffer/slabsInBuffer, 1), maxSlab)
		if sized || s.bytes > 0 {
			slab = 1
		}
	}
	return buffer, min(slab, buffer)
}

// hangUp says that the consumer has gone. What is in the link is dropped at
// once: it may hold what the producer needs to come to its end, and a producer
// that blocks on this link, one of several, has to find room.
func (l *link[T]) hangUp() {
	l.from.outputLeft() // before shut, so that a send which finds it knows why
	l.shut.Store(true)
	l.drain()
}

// drain drops what is in the link. A producer that is still at work may add to
// it: the run drains once more when all stages have ended.
func (l *link[T]) drain() {
	for {
		slab, end := l.take(nil)
		if len(slab) == 0 || end != nil {
			return
		}
		l.taken.Add(int64(len(slab)))
		l.back.Add(int64(len(slab)))
		l.drop.all(slab)
	}
}
