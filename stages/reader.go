package stages

import (
	"context"
	"errors"
	"io"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage"
)

// unknownSize is the Size of a source that ends where it ends.
const unknownSize = -1

var errOnce = errors.New("a stream that is not a file is read once, from its beginning")

// FromReader returns a source that reads r once, front to back, to its end: a
// pipe, standard input. Its Size is -1, and nothing can tell whether it
// changed. A Read of r that does not return holds a cancelled transfer up for
// a moment only; it is then left behind with its memory.
func FromReader(r io.Reader) storage.Source { return &readerSource{r: r} }

type readerSource struct{ r io.Reader }

func (*readerSource) Size() int64 { return unknownSize }

func (*readerSource) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Size: unknownSize}, nil
}

func (s *readerSource) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	if offset != 0 || s.r == nil {
		return nil, errOnce
	}
	r := s.r
	s.r = nil
	return io.NopCloser(r), nil
}
