package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
)

// SinkDriver makes a sink under a name where nothing is yet, and the means to
// look: stored is the content under that name, and whether there is any.
type SinkDriver func(t *testing.T) (sink storage.Sink, stored func() (content []byte, ok bool))

// Sink runs the suite on a driver's sinks.
func Sink(t *testing.T, create SinkDriver) {
	t.Helper()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) { create.commits(t, size) })
	}
	t.Run("aborted", create.aborts)
	t.Run("at once", create.writesAtOnce)
	t.Run("cancelled", create.heedsContext)
	t.Run("ended", create.refusesAfterEnd)
}

func (create SinkDriver) commits(t *testing.T, size int) {
	t.Helper()
	sink, stored := create(t)
	content := Content(size)
	p := make([]byte, page)
	for from := 0; from < size; from += page {
		n, err := sink.WriteAt(t.Context(), p[:copy(p, content[from:])], int64(from))
		require.NoError(t, err)
		require.Equal(t, min(page, size-from), n)
		clear(p) // nothing of it may be kept
	}
	require.NoError(t, sink.Sync(t.Context()))
	_, ok := stored()
	require.False(t, ok, "before Commit")
	require.NoError(t, sink.Commit(t.Context()))
	got, ok := stored()
	require.True(t, ok)
	require.True(t, bytes.Equal(content, got))
	require.NoError(t, sink.Abort(t.Context()), "after Commit it does nothing")
	_, ok = stored()
	require.True(t, ok, "after Commit and Abort")
}

func (create SinkDriver) aborts(t *testing.T) {
	sink, stored := create(t)
	_, err := sink.WriteAt(t.Context(), Content(page), 0)
	require.NoError(t, err)
	require.NoError(t, sink.Abort(t.Context()))
	require.NoError(t, sink.Abort(t.Context()), "once more")
	_, ok := stored()
	require.False(t, ok)
}

func (create SinkDriver) writesAtOnce(t *testing.T) {
	sink, stored := create(t)
	content := Content(9 * page)
	var all sync.WaitGroup
	errs := make([]error, 9)
	for i := range errs {
		all.Go(func() {
			from := (len(errs) - 1 - i) * page
			_, errs[i] = sink.WriteAt(t.Context(), content[from:from+page], int64(from))
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.NoError(t, sink.Commit(t.Context()))
	got, _ := stored()
	require.True(t, bytes.Equal(content, got))
}

func (create SinkDriver) heedsContext(t *testing.T) {
	sink, stored := create(t)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err := sink.WriteAt(ctx, []byte{1}, 0)
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, sink.Sync(ctx), why)
	require.ErrorIs(t, sink.Commit(ctx), why)
	_, ok := stored()
	require.False(t, ok)
	require.NoError(t, sink.Abort(context.WithoutCancel(ctx)))
}

func (create SinkDriver) refusesAfterEnd(t *testing.T) {
	ends := map[string]func(storage.Sink) error{
		"Commit": func(s storage.Sink) error { return s.Commit(t.Context()) },
		"Abort":  func(s storage.Sink) error { return s.Abort(t.Context()) },
	}
	for name, end := range ends {
		sink, _ := create(t)
		require.NoError(t, end(sink))
		_, err := sink.WriteAt(t.Context(), []byte{1}, 0)
		require.Error(t, err, "WriteAt after %s", name)
		require.Error(t, sink.Sync(t.Context()), "Sync after %s", name)
		require.Error(t, sink.Commit(t.Context()), "Commit after %s", name)
		require.NoError(t, sink.Abort(t.Context()), "Abort after %s", name)
	}
}
