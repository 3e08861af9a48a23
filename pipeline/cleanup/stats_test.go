package cleanup_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

func TestStats(t *testing.T) {
	var job cleanup.Scope
	require.Equal(t, cleanup.Stats{ByKind: map[cleanup.Kind]int{}, ByPriority: map[cleanup.Priority]int{}}, job.Stats())
	done := func(context.Context) error { return nil }
	add := func(s *cleanup.Scope, k cleanup.Kind, p cleanup.Priority, bytes int64) *cleanup.Handle {
		return s.Add(cleanup.Resource{Kind: k, Priority: p, Release: done, Size: func() int64 { return bytes }})
	}
	stream := job.Child()
	leased := add(&job, cleanup.Buffer, cleanup.Low, 1000)
	require.True(t, leased.Lease())
	require.True(t, leased.Lease(), "it is still one")
	add(stream, cleanup.Buffer, cleanup.Deferred, 200)
	add(stream, cleanup.File, cleanup.Low, 30)
	kept := add(stream, cleanup.Listener, cleanup.High, 4)
	stream.Add(cleanup.Resource{Release: done}) // of no size

	require.Equal(t, cleanup.Stats{
		Registered: 5, Leased: 1, Bytes: 1234,
		ByKind:     map[cleanup.Kind]int{cleanup.Stream: 1, cleanup.Buffer: 2, cleanup.File: 1, cleanup.Listener: 1},
		ByPriority: map[cleanup.Priority]int{cleanup.AtEnd: 1, cleanup.High: 1, cleanup.Low: 2, cleanup.Deferred: 1},
	}, job.Stats())
	require.Equal(t, cleanup.Stats{
		Registered: 4, Bytes: 234,
		ByKind:     map[cleanup.Kind]int{cleanup.Stream: 1, cleanup.Buffer: 1, cleanup.File: 1, cleanup.Listener: 1},
		ByPriority: map[cleanup.Priority]int{cleanup.AtEnd: 1, cleanup.High: 1, cleanup.Low: 1, cleanup.Deferred: 1},
	}, stream.Stats())

	require.True(t, kept.Keep())
	_, err := job.Emergency(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, stream.Close(t.Context()))
	require.Equal(t, cleanup.Stats{
		Registered: 1, Leased: 1, Bytes: 1000, Releases: 3,
		ByKind:     map[cleanup.Kind]int{cleanup.Buffer: 1},
		ByPriority: map[cleanup.Priority]int{cleanup.Low: 1},
	}, job.Stats(), "releases of scopes that have ended count, what was kept does not")
	require.Equal(t, int64(3), stream.Stats().Releases)
}

// A cache asks under the lock under which it adds itself.
func TestSizeIsAskedWithoutTheLock(t *testing.T) {
	var s cleanup.Scope
	var mu sync.Mutex
	entered := make(chan struct{})
	s.Add(cleanup.Resource{
		Kind: cleanup.Buffer, Priority: cleanup.Low,
		Release: func(context.Context) error { return nil },
		Size: func() int64 {
			close(entered)
			mu.Lock()
			defer mu.Unlock()
			return 7
		},
	})
	mu.Lock()
	var wg sync.WaitGroup
	wg.Go(func() { require.Equal(t, int64(7), s.Stats().Bytes) })
	<-entered
	h := s.Add(cleanup.Resource{Release: func(context.Context) error { return nil }})
	mu.Unlock()
	wg.Wait()
	require.NoError(t, h.Release(t.Context()))
}
