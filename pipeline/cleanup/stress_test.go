package cleanup_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/conc/panics"
	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

// shared is a resource that knows how many use it and how often it was released.
type shared struct {
	handle   *cleanup.Handle
	users    atomic.Int64
	releases atomic.Int64
	faults   atomic.Int64 // released in use or twice, leased when gone
	kept     bool
}

func (r *shared) release(context.Context) error {
	if r.users.Load() != 0 || r.releases.Add(1) != 1 {
		r.faults.Add(1)
	}
	return nil
}

// use takes a lease for a moment.
func (r *shared) use(ctx context.Context) {
	if !r.handle.Lease() {
		return
	}
	r.users.Add(1)
	runtime.Gosched() // to those who would take it away
	if r.releases.Load() != 0 {
		r.faults.Add(1)
	}
	r.users.Add(-1)
	_ = r.handle.Return(ctx)
}

// stream adds a resource of each priority to s, has three others use them, keeps
// one and releases one.
func stream(ctx context.Context, s *cleanup.Scope, n int) []*shared {
	var resources []*shared
	for p := cleanup.AtEnd; p <= cleanup.Deferred; p++ {
		r := &shared{}
		r.handle = s.Add(cleanup.Resource{Priority: p, Release: r.release})
		resources = append(resources, r)
	}
	var users sync.WaitGroup
	for i := range 3 {
		users.Go(func() {
			for j := range 50 {
				resources[(j*(i+1)+n)%len(resources)].use(ctx)
			}
		})
	}
	users.Wait()
	keep := resources[n%len(resources)]
	keep.kept = keep.handle.Keep()
	_ = resources[(n/2)%len(resources)].handle.Release(ctx)
	return resources
}

// ended reports what is wrong with r after the end of its scope.
func (r *shared) ended() error {
	want := int64(1)
	if r.kept {
		want = 0
	}
	if r.releases.Load() != want || r.faults.Load() != 0 {
		return fmt.Errorf("released %d times, want %d, with %d faults", r.releases.Load(), want, r.faults.Load())
	}
	return nil
}

// Streams come and panic while two others are short of memory. When one has
// ended all that it had is gone, once, and nothing went while it was in use.
func TestUnderStress(t *testing.T) {
	const streams, rounds = 4, 100
	var job cleanup.Scope
	var work, pressure sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		pressure.Go(func() {
			for ctx.Err() == nil {
				_, _ = job.Sweep(ctx)
				_, _ = job.Emergency(ctx, 1)
				job.Stats()
			}
		})
	}
	for i := range streams {
		work.Go(func() {
			for j := range rounds {
				var resources []*shared
				panics.Try(func() {
					_ = job.Do(t.Context(), func(ctx context.Context, s *cleanup.Scope) error {
						s.Add(cleanup.Resource{Release: func(context.Context) error { return errBoom }})
						resources = stream(ctx, s, i+j)
						panic("at the end")
					})
				})
				for _, r := range resources {
					if err := r.ended(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	work.Wait()
	stop()
	pressure.Wait()
	err := job.Close(t.Context())
	require.Equal(t, streams*rounds, strings.Count(err.Error(), errBoom.Error()), "no error was lost")
	require.Zero(t, job.Stats().Registered)
}
