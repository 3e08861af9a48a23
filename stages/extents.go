package stages

import "github.com/penstock-go/penstock/stages/storage"

// extents are the holes of a source, as far as they are known. The zero value knows
// of none.
type extents struct {
	src         storage.Extents // nil where the source cannot tell
	data, after int64           // the next data, and the hole behind it
}

func extentsOf(src storage.Source) extents {
	e, _ := src.(storage.Extents)
	return extents{src: e}
}

// cut returns how many of want bytes at offset are alike, all data or all hole, and
// which.
func (e *extents) cut(offset, want int64) (alike int64, hole bool) {
	if e.src == nil {
		return want, false
	}
	if offset >= e.after {
		var err error
		if e.data, e.after, err = e.src.NextData(offset); err != nil {
			e.src = nil // a system that cannot tell: all of it is data
			return want, false
		}
	}
	if offset < e.data {
		return min(want, e.data-offset), true
	}
	return min(want, e.after-offset), false
}
