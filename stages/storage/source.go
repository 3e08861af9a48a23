package storage

import (
	"context"
	"io"

	"github.com/penstock-go/penstock/checkpoint"
)

// Source is one thing to read: a file, an object.
//
// A source may be used from several goroutines at once.
type Source interface {
	// Size is how many bytes the source held when it was opened.
	Size() int64

	// Identity says which version of the source is there now, at this call and
	// not at opening: two that are equal around a reading are what makes the
	// bytes between them one version.
	Identity(ctx context.Context) (checkpoint.Identity, error)

	// OpenAt reads from offset to the end. An offset of Size is an empty
	// reader; a negative one, or one past Size, is an error. Closing the reader
	// does not close the source, and ctx bounds the opening and the reading.
	//
	// A reader that can tell ends with [ErrChanged] where the source ends early
	// or goes on past its size. One that cannot leaves it to [Verify].
	OpenAt(ctx context.Context, offset int64) (io.ReadCloser, error)
}

// Rememberer is a Source that kept its identity from when it was opened, which
// spares asking for it before the reading begins.
type Rememberer interface {
	Opened() checkpoint.Identity
}

// Adviser is a Source that can tell its cache what will be wanted. Advice is
// free to be ignored: an error says only that it was.
type Adviser interface {
	// AdviseSequential says that all of it will be read once, front to back.
	AdviseSequential() error
	// DropBehind says that n bytes from offset will not be wanted again.
	DropBehind(offset, n int64) error
}

// Extents is a Source that knows which of its bytes were never written.
type Extents interface {
	// NextData says where the first data is at or after offset, and where the hole
	// behind it begins. Where no data follows, data is Size, and after lies past it:
	// what is read there is for a source that has grown to tell.
	NextData(offset int64) (data, after int64, err error)
}

// Begin is the identity to hold a reading of src against: the one kept at
// opening where src is a [Rememberer], otherwise the one of now.
func Begin(ctx context.Context, src Source) (checkpoint.Identity, error) {
	if r, ok := src.(Rememberer); ok {
		return r.Opened(), nil
	}
	return src.Identity(ctx)
}

// Verify ends a reading: it is an error that is [ErrChanged] unless src is
// still what Begin said and read, the bytes from the very start to where the
// reading ended, is its size.
func Verify(ctx context.Context, src Source, before checkpoint.Identity, read int64) error {
	after, err := src.Identity(ctx)
	if err != nil {
		return err
	}
	return Compare(before, after, read)
}
