package batch

import (
	"context"
	"errors"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
)

// Options says how a batch runs.
type Options struct {
	// Control says how many streams run at once, and is run with the batch unless
	// it runs already; required.
	Control *stages.Control
	// Window is how many results may wait for a slower one before them; zero means
	// 1,024.
	Window int
	// MaxStreams is never exceeded by the streams, whatever the Control says:
	// as many as there are descriptors for. Zero means no bound.
	MaxStreams int
	// Stop, when it is closed, ends the batch at a checkpoint: no item sets out any
	// more, those that did come to their end or say that they are [Unfinished], and
	// Run returns [stages.ErrStopped]. nil means never.
	Stop <-chan struct{}
}

// Unfinished is what an item's result may be that was told to stop: it and what
// comes after it are not handed on, as if the batch had ended before it.
type Unfinished interface{ Unfinished() bool }

var errNoControl = errors.New("batch: Options.Control is nil; make one with stages.NewControl")

// numbered is an item or its result together with its place in the batch.
type numbered[T any] struct {
	n    int
	v    T
	none bool // the batch was told to stop before there was a result
}

func unfinished(result any) bool {
	u, ok := result.(Unfinished)
	return ok && u.Unfinished()
}

// Run takes every item of src through work, several at once, and hands the
// results to out in the order of the items. Nothing of it runs any more when it
// returns.
//
// An item that fails is for work to say in its result; an error of src or out
// ends the batch and is returned as a [pipeline.StageError]. work must return
// soon after ctx has ended.
//
// A slow item does not hold the others back until Window of them are done and
// waiting: the streams work out of order and the results are put in order
// afterwards. The window is what bounds the memory of those that wait.
func Run[In, Out any](ctx context.Context, src pipeline.Source[In], work func(context.Context, In) Out,
	out func(Out) error, o Options,
) error {
	return run(ctx, src, work, func(results pipeline.Stream[Out], _ pipeline.Gate) *pipeline.Pipeline {
		return pipeline.Each(results, "results", func(_ context.Context, v Out) error { return out(v) })
	}, o)
}

// run is Run with a tail of stages that take the results, in order. The gate is for
// those that read too.
func run[In, Out any](ctx context.Context, src pipeline.Source[In], work func(context.Context, In) Out,
	tail func(pipeline.Stream[Out], pipeline.Gate) *pipeline.Pipeline, o Options,
) error {
	if o.Control == nil {
		return errNoControl
	}
	streams := newStreams(o.Control, o.MaxStreams)
	if o.Window <= 0 {
		o.Window = 1024
	}
	o.Window = max(o.Window, 2*streams.workers)
	// A place is taken before an item sets out and given back when its result
	// has been handed over, so that at most Window results are ever out of turn
	// and the one that all wait for always has a place.
	places := make(chan struct{}, o.Window)
	p := pipeline.New("batch")
	items := pipeline.From(p, "items", number(src, places, o.Stop))
	done := pipeline.Map(items, "streams", func(ctx context.Context, item numbered[In]) (numbered[Out], error) {
		if closed(o.Stop) {
			return numbered[Out]{n: item.n, none: true}, nil
		}
		v := work(ctx, item.v)
		streams.files.Add(1)
		if ctx.Err() != nil { // what came of it may be about the stop, not about the item
			return numbered[Out]{}, context.Cause(ctx)
		}
		return numbered[Out]{item.n, v, unfinished(v)}, nil
	}, pipeline.Workers(streams.workers), pipeline.Gated(streams.gate), pipeline.Unordered())
	results := pipeline.Via(done, "order", inOrder[Out](o.Window, places))
	err := streams.beside(ctx, tail(results, streams.readers).Run)
	if err == nil && closed(o.Stop) {
		return stages.ErrStopped // perhaps after the last item, which nobody can know
	}
	return err
}

func closed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// number gives each item of src its place. When it is told to stop it ends as if
// src had.
func number[T any](src pipeline.Source[T], places chan<- struct{}, stop <-chan struct{}) pipeline.Source[numbered[T]] {
	return func(ctx context.Context, emit func(numbered[T]) error) error {
		n := 0
		err := src(ctx, func(v T) error {
			if closed(stop) {
				return stages.ErrStopped
			}
			select {
			case places <- struct{}{}:
			case <-stop:
				return stages.ErrStopped
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			n++
			return emit(numbered[T]{n: n - 1, v: v})
		})
		if errors.Is(err, stages.ErrStopped) {
			return nil
		}
		return err
	}
}
