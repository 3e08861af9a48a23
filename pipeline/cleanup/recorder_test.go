package cleanup_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

var errBoom = errors.New("boom")

// recorder writes down what is released, in the order in which it is.
type recorder struct {
	mu    sync.Mutex
	names []string
}

func (r *recorder) note(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
}

// take returns what was released since the last take.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := r.names
	r.names = nil
	return slices.Clip(names)
}

// resource is one that is written down as name when it is released.
func (r *recorder) resource(name string, p cleanup.Priority) cleanup.Resource {
	return cleanup.Resource{Name: name, Priority: p, Release: func(context.Context) error {
		r.note(name)
		return nil
	}}
}

// failing is a resource that is written down too, and then ends in this way.
func (r *recorder) failing(name string, end func() error) cleanup.Resource {
	return cleanup.Resource{Name: name, Release: func(context.Context) error {
		r.note(name)
		return end()
	}}
}
