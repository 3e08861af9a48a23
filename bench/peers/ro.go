package main

import (
	"context"
	"iter"

	"github.com/samber/ro"
)

// ro pushes: without ObserveOn all steps and the sink are calls on the source's
// goroutine. It has no parallel map. What ends a subscription early is that its
// source ends, since Unsubscribe does not free a source that is at work.

func roSource[T any](source iter.Seq[T]) ro.Observable[T] {
	return ro.NewUnsafeObservableWithContext(func(ctx context.Context, to ro.Observer[T]) ro.Teardown {
		for v := range until(ctx, source) {
			to.NextWithContext(ctx, v)
		}
		to.CompleteWithContext(ctx)
		return nil
	})
}

// roSink is an observer and what it was told.
type roSink[T any] struct {
	sink   func(T) error
	cancel context.CancelFunc
	failed error
}

func (s *roSink[T]) observer() ro.Observer[T] {
	return ro.NewObserver(s.next, func(err error) { s.failed = err }, func() {})
}

func (s *roSink[T]) next(v T) {
	if s.failed != nil {
		return
	}
	if s.failed = s.sink(v); s.failed != nil {
		s.cancel()
	}
}

// err is what came of it when the subscription has ended.
func (s *roSink[T]) err(ctx context.Context) error {
	if s.failed != nil {
		return s.failed
	}
	return ctx.Err()
}

func roLine[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	o := roSource(source)
	for _, step := range steps {
		o = ro.Map(step)(o)
	}
	return roRun(ctx, o, sink)
}

func roObserved[T any](ctx context.Context, source iter.Seq[T], steps []func(T) T, sink func(T) error) error {
	o := roSource(source)
	for _, step := range steps {
		o = ro.ObserveOn[T](buffer[T]())(ro.Map(step)(o))
	}
	return roRun(ctx, o, sink)
}

func roRun[T any](ctx context.Context, o ro.Observable[T], sink func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &roSink[T]{sink: sink, cancel: cancel}
	o.SubscribeWithContext(ctx, s.observer()).Wait()
	return s.err(ctx)
}

func roTee(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shared := ro.Connectable(roSource(source))
	var ends []*roSink[int]
	for _, sink := range sinks {
		ends = append(ends, &roSink[int]{sink: sink, cancel: cancel})
		shared.SubscribeWithContext(ctx, ends[len(ends)-1].observer())
	}
	shared.ConnectWithContext(ctx).Wait()
	for _, end := range ends {
		if err := end.err(ctx); err != nil {
			return err
		}
	}
	return nil
}

func roPartition(ctx context.Context, source iter.Seq[int], sinks []func(int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var ends []*roSink[int]
	groups := ro.GroupBy(func(v int) int { return v % len(sinks) })(roSource(source))
	groups.SubscribeWithContext(ctx, ro.OnNext(func(group ro.Observable[int]) {
		ends = append(ends, &roSink[int]{sink: sinks[len(ends)], cancel: cancel})
		group.SubscribeWithContext(ctx, ends[len(ends)-1].observer())
	})).Wait()
	for _, end := range ends {
		if err := end.err(ctx); err != nil {
			return err
		}
	}
	return nil
}

// roMerge reads one source after the other: a source that pushes holds up the
// subscription to the next.
func roMerge(ctx context.Context, sources []iter.Seq[int], sink func(int) error) error {
	var ins []ro.Observable[int]
	for _, source := range sources {
		ins = append(ins, roSource(source))
	}
	return roRun(ctx, ro.Merge(ins...), sink)
}
