package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// sizer is what an item must be to be weighed.
type sizer interface{ Size() int }

// scale is the weight that a link may hold, and holds.
type scale struct {
	limit int64
	used  atomic.Int64
	room  *semaphore.Weighted
}

// parcel is an item and what it weighed when it was sent: its Size is asked
// once, so that what is given back is what was taken.
type parcel[T any] struct {
	item   T
	weight int64
}

// weighed is a single whose items also take their weight from a scale, until
// the consumer has them.
type weighed[T any] struct {
	*wire
	drop dropper[T]
	in   *single[parcel[T]]
	hand []T
}

func newWeighed[T any](w *wire, drop dropper[T], buffer int, limit int64) *weighed[T] {
	w.scale = &scale{limit: limit, room: semaphore.NewWeighted(limit)}
	l := &weighed[T]{wire: w, drop: drop, hand: make([]T, 1)}
	l.in = newSingle(w, dropper[parcel[T]]{l.discard, drop.of}, buffer)
	return l
}

func (l *weighed[T]) send(ctx context.Context, v T) error {
	p := parcel[T]{item: v, weight: l.accept(v)}
	if !l.scale.room.TryAcquire(p.weight) {
		l.sends.begin()
		err := l.scale.room.Acquire(ctx, p.weight)
		l.sends.end()
		if err != nil {
			return l.refuse(ctx, v)
		}
	}
	l.scale.used.Add(p.weight)
	return l.in.send(ctx, p)
}

func (l *weighed[T]) refuse(ctx context.Context, v T) error {
	l.drop.one(v)
	return context.Cause(ctx)
}

// accept weighs v, and drops it when its Size panics, as every emit does that
// does not return nil.
func (l *weighed[T]) accept(v T) int64 {
	done := false
	defer func() {
		if !done {
			l.drop.one(v)
		}
	}()
	n := l.weigh(v)
	done = true
	return n
}

// weigh returns the weight of v, the limit for all that is heavier: an item
// that the link could never hold passes when it is empty.
func (l *weighed[T]) weigh(v T) int64 {
	return min(max(int64(any(v).(sizer).Size()), 0), l.scale.limit)
}

// discard is the Drop of the channel inside.
func (l *weighed[T]) discard(p parcel[T]) {
	l.lift(p)
	if l.drop.release != nil {
		l.drop.hand(p.item)
	}
}

func (l *weighed[T]) lift(p parcel[T]) {
	l.scale.used.Add(-p.weight)
	l.scale.room.Release(p.weight)
}

func (l *weighed[T]) ready(v T) bool {
	return l.in.ready(parcel[T]{}) && l.scale.used.Load()+l.weigh(v) <= l.scale.limit
}

func (l *weighed[T]) take([]T) ([]T, error) { return l.unwrap(l.in.take(nil)) }

func (l *weighed[T]) wait(ctx context.Context, alarm <-chan time.Time) ([]T, error) {
	return l.unwrap(l.in.wait(ctx, alarm))
}

func (l *weighed[T]) unwrap(p []parcel[T], err error) ([]T, error) {
	if p == nil {
		return nil, err
	}
	l.lift(p[0])
	l.hand[0] = p[0].item
	clear(p)
	return l.hand, nil
}

func (l *weighed[T]) seal(ctx context.Context) { l.in.seal(ctx) }
