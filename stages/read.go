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

	// Wait, when set, is called before every read and holds it up. Its error ends
	// the reading.
	Wait func(context.Context) error
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
		end, err := readAll(ctx, body, before.Size, o, emit)
		if err != nil || before.Size == unknownSize {
			return err
		}
		return storage.Verify(ctx, src, before, end)
	}
}

// readAll emits the body's chunks and returns the offset at which it ended, or
// the first that lies past a known size.
func readAll(ctx context.Context, body io.Reader, size int64, o Reading, emit func(*Chunk) error) (int64, error) {
	offset := o.Offset
	if size == unknownSize {
		size = math.MaxInt64 - 1
	}
	for last := false; !last && offset <= size; {
		// One byte more than should be there is asked for: the read that meets
		// the end of the file then says so by itself, and a file that has grown
		// is noticed, without a read of its own.
		if o.Wait != nil {
			if err := o.Wait(ctx); err != nil {
				return offset, err
			}
		}
		want := min(int64(min(max(o.Sizer.Next(), 1), MaxChunk)), size-offset+1)
		c, err := o.Pool.Get(ctx, int(want))
		if err != nil {
			return offset, err
		}
		if last, err = fill(c, offset, body); err != nil {
			return offset, err
		}
		offset += int64(c.Size())
		if c.Size() == 0 || offset > size { // nothing there, or more than there should be
			c.Release()
			continue
		}
		if err := emit(c); err != nil {
			return offset, err
		}
	}
	return offset, nil
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
