package pipeline

import (
	"context"
	"time"
)

// single carries items one by one in a plain channel.
type single[T any] struct {
	*wire
	drop dropper[T]
	ch   chan T
	hand []T // the one item that take and wait return, without allocating
}

func newSingle[T any](w *wire, drop dropper[T], buffer int) *single[T] {
	w.capacity, w.slabSize = buffer, 1
	return &single[T]{wire: w, drop: drop, ch: make(chan T, buffer), hand: make([]T, 1)}
}

func (s *single[T]) send(ctx context.Context, v T) error {
	if s.shut.Load() {
		return s.refuse(ctx, v)
	}
	if !put(ctx, s.wire, s.ch, v) {
		return s.refuse(ctx, v)
	}
	s.sent.Add(1)
	return nil
}

func (s *single[T]) refuse(ctx context.Context, v T) error {
	s.drop.one(v)
	return context.Cause(ctx)
}

func (s *single[T]) ready(T) bool { return len(s.ch) < cap(s.ch) }

func (s *single[T]) take([]T) ([]T, error) {
	select {
	case v, ok := <-s.ch:
		return s.got(v, ok)
	default:
		return nil, nil
	}
}

func (s *single[T]) wait(ctx context.Context, alarm <-chan time.Time) ([]T, error) {
	s.recvs.begin()
	defer s.recvs.end()
	select {
	case v, ok := <-s.ch:
		return s.got(v, ok)
	case <-alarm:
		return nil, errAlarm
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *single[T]) got(v T, ok bool) ([]T, error) {
	if !ok {
		return nil, errEnd
	}
	s.hand[0] = v
	return s.hand, nil
}

func (s *single[T]) seal(context.Context) { close(s.ch) }
