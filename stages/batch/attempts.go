package batch

import (
	"context"
	"sync/atomic"

	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
)

// attempts are those at one file.
type attempts struct {
	path     string
	control  *stages.Control
	retries  *atomic.Int64
	retrying func(path string, f retry.Failure) // nil: nobody is told

	progress  int64       // bytes that they have made safe
	recovered func(error) // is told how the file ends, once it goes on after something
}

// recovering counts the file, once, among those that go on after something.
func (a *attempts) recovering() {
	if a.recovered == nil {
		a.recovered = a.control.Recovering()
	}
}

// do calls op again and again as long as what goes wrong may pass.
func (a *attempts) do(ctx context.Context, op func(context.Context) error) error {
	err := retry.Do(ctx, retry.Options{
		Progress: func() int64 { return a.progress },
		Notify: func(failure retry.Failure) {
			a.recovering()
			a.retries.Add(1)
			if a.retrying != nil {
				a.retrying(a.path, failure)
			}
		},
	}, op)
	if a.recovered != nil {
		a.recovered(err)
	}
	return err
}

// onceError is of what can be read only once: the next attempt would begin in its
// middle.
type onceError struct{ error }

func (e onceError) Unwrap() error         { return e.error }
func (onceError) RetryClass() retry.Class { return retry.Unknown }
