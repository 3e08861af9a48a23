package stages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/storage"
)

// Reading says how Read reads.
type Reading struct {
	Pool   *Pool // where the chunks' memory comes from; required
	Sizer  Sizer // how large each chunk is; nil means Fixed(1 MiB)
	Offset int64 // where to begin, bytes; what stands before has arrived already
	Chunks int64 // how many chunks that came in

	// Wait, when set, is called before every read with the bytes that are left, and
	// holds it up. Its error ends the reading.
	Wait func(ctx context.Context, left int64) error

	// Holes, when set, finds the holes of a source that can tell them: their chunks
	// are marked so. Their zeros are read like anything else.
	Holes bool
	// DropBehind is as in [Transfer].
	DropBehind bool
	// Marks, when not nil, say which chunks are marked.
	Marks *Marks
	// Stop, when it is closed, ends the reading early, after one more chunk, which is
	// marked: where the stream ends there is a checkpoint. Stopped is called then;
	// without it the stream looks as if it were complete.
	Stop    <-chan struct{}
	Stopped func()
}

// defaultChunk is the size for a stream that nobody sized. Each chunk wakes four
// goroutines on its way: over 2 GiB that took 0.4 s of CPU with chunks of 256
// KiB, and nothing that could be measured with chunks of 1 MiB.
const defaultChunk = Fixed(1 << 20)

// Read emits the source from the offset to its end, in chunks. It ends with an
// error that is [storage.ErrChanged] unless the bytes are one version of the
// source, whole: its identity is the same after as before, and it held exactly
// as many bytes as it said.
func Read(src storage.Source, o Reading) pipeline.Source[*Chunk] {
	if o.Sizer == nil {
		o.Sizer = defaultChunk
	}
	if o.Stopped == nil {
		o.Stopped = func() {}
	}
	return func(ctx context.Context, emit func(*Chunk) error) error {
		before, err := storage.Begin(ctx, src)
		if err != nil {
			return err
		}
		body, err := src.OpenAt(ctx, o.Offset)
		if err != nil {
			return err
		}
		defer body.Close()
		l := readLoop{Reading: o, body: body, size: before.Size, offset: o.Offset, number: o.Chunks}
		if l.size == unknownSize {
			l.size = math.MaxInt64 - 1
		}
		if o.Marks != nil {
			l.marker = newMarker(*o.Marks)
		}
		if o.Holes {
			l.extents = extentsOf(src)
		}
		if o.DropBehind {
			l.behind = dropBehindOf(src, o.Offset)
		}
		stopped, err := l.all(ctx, emit)
		if err != nil || stopped || before.Size == unknownSize {
			return err
		}
		return storage.Verify(ctx, src, before, l.offset)
	}
}

// readLoop is one reading of a source.
type readLoop struct {
	Reading
	body    io.Reader
	size    int64 // bytes that there should be
	offset  int64 // where the next chunk begins, or the first byte past a known size
	number  int64 // of the last chunk
	marker  *marker
	extents extents
	behind  dropBehind
	last    bool // nothing more is to come
	stop    bool // the next chunk is the last
}

// all emits the body's chunks. It reports whether it was told to stop before their
// end.
func (l *readLoop) all(ctx context.Context, emit func(*Chunk) error) (stopped bool, err error) {
	for !l.last && l.offset <= l.size {
		if l.stop {
			l.Stopped()
			return true, nil
		}
		if l.Wait != nil {
			if err := l.Wait(ctx, l.size-l.offset); err != nil {
				return false, err
			}
		}
		l.stop = told(l.Stop)
		c, err := l.next(ctx)
		if err != nil {
			return false, err
		}
		if c == nil {
			continue
		}
		if err := emit(c); err != nil {
			return false, err
		}
	}
	return false, nil
}

// next reads a chunk. There is none, and no error either, where nothing is left,
// and where there is more than there should be.
func (l *readLoop) next(ctx context.Context) (*Chunk, error) {
	// One byte more than should be there is asked for: the read that meets the end of
	// the file then says so by itself, and a file that has grown is noticed, without
	// a read of its own.
	want := min(int64(min(max(l.Sizer.Next(), 1), MaxChunk)), l.size-l.offset+1)
	want, hole := l.extents.cut(l.offset, want)
	c, err := l.Pool.Get(ctx, int(want))
	if err != nil {
		return nil, err
	}
	if l.last, err = fill(c, l.offset, l.body); err != nil {
		return nil, err
	}
	l.offset += int64(c.Size())
	l.behind.passed(l.offset)
	if c.Size() == 0 || l.offset > l.size {
		c.Release()
		return nil, nil
	}
	l.number++
	c.Number, c.Hole = l.number, hole
	if l.marker != nil {
		c.Mark = l.marker.due(c.Size()) || l.stop
	}
	return c, nil
}

// fill reads the chunk's bytes from body and says whether they were the last. It
// releases the chunk when it fails.
func fill(c *Chunk, offset int64, body io.Reader) (last bool, err error) {
	err = hold(c, (*Chunk).Release, func() error {
		n, err := io.ReadFull(body, c.Data)
		last = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		c.Offset, c.Data, c.at = offset, c.Data[:n], time.Now()
		if err != nil && !last {
			return fmt.Errorf("read at %d: %w", c.End(), err)
		}
		return nil
	})
	return last, err
}
