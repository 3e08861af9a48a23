package storagetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
)

// page is the size that buffers, pages and chunks are multiples of.
const page = 4 << 10

// sizes are those at which off-by-one lives.
var sizes = []int{0, 1, page - 1, page, page + 1, 2 * page, 2*page + 7, 70_000}

// SourceDriver is how the suite gets at the sources of a driver.
type SourceDriver struct {
	// Open makes a source that holds content, which the test's end removes.
	Open func(t *testing.T, content []byte) storage.Source
	// Change gives what src reads a new content, behind its back. nil where the
	// driver's sources cannot change.
	Change func(t *testing.T, src storage.Source, content []byte)
}

// Source runs the suite on a driver's sources.
func Source(t *testing.T, d SourceDriver) {
	t.Helper()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d bytes", size), func(t *testing.T) { d.reads(t, size) })
	}
	t.Run("offset outside", d.refusesOffsets)
	t.Run("readers are independent", d.readsAtOnce)
	t.Run("cancelled", d.heedsContext)
	if d.Change == nil {
		return
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) { d.noticesChange(t, change) })
	}
}

// Content is n bytes that differ from page to page.
func Content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func (d SourceDriver) reads(t *testing.T, size int) {
	t.Helper()
	content := Content(size)
	src := d.Open(t, content)
	require.EqualValues(t, size, src.Size())
	before, err := storage.Begin(t.Context(), src)
	require.NoError(t, err)
	for _, from := range sizes {
		if from > size {
			continue
		}
		r, err := src.OpenAt(t.Context(), int64(from))
		require.NoError(t, err)
		require.NoError(t, iotest.TestReader(onlyReader{r}, content[from:]), "from %d", from)
		require.NoError(t, r.Close())
	}
	if at, ok := src.(io.ReaderAt); ok {
		require.NoError(t, iotest.TestReader(io.NewSectionReader(at, 0, int64(size)), content))
		n, err := at.ReadAt(make([]byte, size+1), 0)
		require.Equal(t, size, n)
		require.ErrorIs(t, err, io.EOF)
	}
	require.NoError(t, storage.Verify(t.Context(), src, before, int64(size)))
	require.ErrorIs(t, storage.Verify(t.Context(), src, before, int64(size)+1), storage.ErrChanged)
}

// onlyReader hides Close, which TestReader would not expect.
type onlyReader struct{ io.Reader }

func (d SourceDriver) refusesOffsets(t *testing.T) {
	src := d.Open(t, Content(page))
	for _, offset := range []int64{-1, page + 1} {
		_, err := src.OpenAt(t.Context(), offset)
		require.Error(t, err, "offset %d", offset)
	}
}

func (d SourceDriver) readsAtOnce(t *testing.T) {
	content := Content(70_000)
	src := d.Open(t, content)
	closed, err := src.OpenAt(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, closed.Close(), "which leaves the source open")
	var all sync.WaitGroup
	got := make([][]byte, 4)
	errs := make([]error, len(got))
	for i := range got {
		all.Go(func() {
			r, err := src.OpenAt(t.Context(), int64(i))
			if err == nil {
				got[i], err = io.ReadAll(iotest.HalfReader(r))
			}
			errs[i] = err
		})
	}
	all.Wait()
	for i := range got {
		require.NoError(t, errs[i])
		require.True(t, bytes.Equal(content[i:], got[i]), "reader %d", i)
	}
}

func (d SourceDriver) heedsContext(t *testing.T) {
	src := d.Open(t, Content(1))
	why := fmt.Errorf("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err := src.OpenAt(ctx, 0)
	require.ErrorIs(t, err, why)
	_, err = src.Identity(ctx)
	require.ErrorIs(t, err, why)
}

// changes are what may happen to a source of two pages while its first is read.
var changes = map[string][]byte{
	"same size":     bytes.Repeat([]byte{1}, 2*page),
	"emptied":       {},
	"shorter":       Content(page + 1),
	"one byte less": Content(2*page - 1),
	"one byte more": Content(2*page + 1),
	"longer":        Content(5 * page),
}

// noticesChange wants the change found by the reader or by Verify, and never a
// reading that looks whole.
func (d SourceDriver) noticesChange(t *testing.T, content []byte) {
	t.Helper()
	src := d.Open(t, Content(2*page))
	before, err := storage.Begin(t.Context(), src)
	require.NoError(t, err)
	r, err := src.OpenAt(t.Context(), 0)
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, page))
	require.NoError(t, err)
	d.Change(t, src, content)
	n, err := io.Copy(io.Discard, r)
	if err == nil {
		err = storage.Verify(t.Context(), src, before, page+n)
	}
	require.ErrorIs(t, err, storage.ErrChanged)
	var changed *storage.ChangedError
	require.ErrorAs(t, err, &changed)
	require.Equal(t, before, changed.Before)
}
