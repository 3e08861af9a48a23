package local

import (
	"math"

	"github.com/penstock-go/penstock/stages/storage"
)

var _ storage.Extents = (*File)(nil)

// NextData says where the next data is. The system is not asked where the file has
// as many blocks as bytes, as nearly all have; holes behind room that was reserved
// past the end are then taken for data. It is errors.ErrUnsupported where the system
// or the file system cannot tell.
func (f *File) NextData(offset int64) (data, after int64, err error) {
	if offset < 0 {
		return 0, 0, f.fail("seek", errOffset)
	}
	if err := f.guard.enter(); err != nil {
		return 0, 0, f.fail("seek", err)
	}
	defer f.leave()
	data, after = offset, math.MaxInt64
	if f.sparse {
		data, after, err = f.handle.nextData(offset)
	}
	if err != nil {
		return 0, 0, f.fail("seek", err)
	}
	if data >= f.opened.Size {
		return f.opened.Size, math.MaxInt64, nil
	}
	return data, after, nil
}
