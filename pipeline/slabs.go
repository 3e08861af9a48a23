package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// slabs carries items several at a time in a channel of slices, so that the
// cost of the channel is shared. One slab is open: the producer fills it, and
// sends it when it is full or when the consumer waits. A consumer that finds
// the channel empty takes the open slab as it is. Between them the two rules
// see to it that no item waits while its consumer is idle, with no timer and
// no flush, also when the producer blocks half way through a slab.
type slabs[T any] struct {
	*wire
	drop dropper[T]
	size int
	ch   chan []T

	mu   sync.Mutex // never held while blocking; guards the fields below
	open []T
	free [][]T // to be used again: as many as there can be
	// hungry says that the consumer waits, or is about to. It is set under mu,
	// so that an item is either in open when the consumer looks or sent on; the
	// consumer alone may reset it without.
	hungry atomic.Bool
}

func newSlabs[T any](w *wire, drop dropper[T], buffer, size int) *slabs[T] {
	n := buffer / size
	w.capacity, w.slabSize = n*size, size
	return &slabs[T]{
		wire: w, drop: drop, size: size,
		ch: make(chan []T, n), // the link's capacity, in slabs
	}
}

func (s *slabs[T]) send(ctx context.Context, v T) error {
	if s.shut.Load() {
		return s.refuse(ctx, v)
	}
	s.mu.Lock()
	if s.open == nil {
		s.open = s.freshLocked()
	}
	s.open = append(s.open, v)
	if len(s.open) < s.size && !s.hungry.Load() {
		s.mu.Unlock()
		return nil
	}
	full := s.open
	s.open = nil
	s.hungry.Store(false)
	s.mu.Unlock()
	return s.push(ctx, full)
}

func (s *slabs[T]) freshLocked() []T {
	if last := len(s.free) - 1; last >= 0 {
		slab := s.free[last]
		s.free = s.free[:last]
		return slab
	}
	return make([]T, 0, s.size)
}

// push hands a slab to the consumer, or drops all of it.
func (s *slabs[T]) push(ctx context.Context, slab []T) error {
	n := int64(len(slab)) // it is the consumer's once it is sent
	if !put(ctx, s.wire, s.ch, slab) {
		return s.refuse(ctx, slab...)
	}
	s.sent.Add(n)
	return nil
}

func (s *slabs[T]) refuse(ctx context.Context, vs ...T) error {
	s.drop.all(vs)
	return context.Cause(ctx)
}

func (s *slabs[T]) ready(T) bool {
	if len(s.ch) < cap(s.ch) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)+1 < s.size
}

func (s *slabs[T]) take(spent []T) ([]T, error) {
	clear(spent)
	s.mu.Lock()
	defer s.mu.Unlock()
	if spent != nil {
		s.free = append(s.free, spent[:0])
	}
	return s.takeLocked()
}

// takeLocked takes first what was sent, which is older than what is open. Under
// the lock, so that no slab is sent and the next one opened in between.
func (s *slabs[T]) takeLocked() ([]T, error) {
	select {
	case slab, ok := <-s.ch:
		return got(slab, ok)
	default:
	}
	slab := s.open
	if slab != nil {
		s.open = nil
		s.sent.Add(int64(len(slab)))
	}
	return slab, nil
}

func got[T any](slab []T, ok bool) ([]T, error) {
	if !ok {
		return nil, errEnd
	}
	return slab, nil
}

func (s *slabs[T]) wait(ctx context.Context, alarm <-chan time.Time) ([]T, error) {
	s.mu.Lock()
	slab, err := s.takeLocked()
	if slab != nil || err != nil {
		s.mu.Unlock()
		return slab, err
	}
	s.hungry.Store(true)
	s.mu.Unlock()
	s.recvs.begin()
	defer s.recvs.end()
	defer s.hungry.Store(false) // a slab that was full had no need to look at it
	select {
	case slab, ok := <-s.ch:
		return got(slab, ok)
	case <-alarm:
		return nil, errAlarm
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *slabs[T]) seal(ctx context.Context) {
	defer close(s.ch)
	s.mu.Lock()
	rest := s.open
	s.open = nil
	s.mu.Unlock()
	if rest != nil {
		_ = s.push(ctx, rest) // refused, it has dropped them, and why is known
	}
}
