package stages

import "github.com/penstock-go/penstock/stages/storage"

const (
	// bigSource is the size from which a source is worth dropping, bytes: less than that
	// pushes little out of a page cache.
	bigSource = 64 << 20
	// dropSpan is how much is dropped at a time, bytes, at multiples of itself, so that
	// no page is dropped by halves, which the kernel does not do.
	dropSpan = 8 << 20
)

// wake drops from the source's cache what has been read. The zero value drops nothing.
type wake struct {
	src     storage.Adviser
	dropped int64 // up to where
}

// wakeOf is the wake of a reading that begins at offset.
func wakeOf(src storage.Source, offset int64) wake {
	a, ok := src.(storage.Adviser)
	if !ok || src.Size() < bigSource {
		return wake{}
	}
	return wake{a, offset}
}

// passed drops all whole spans before offset.
func (w *wake) passed(offset int64) {
	end := offset - offset%dropSpan
	if w.src == nil || end <= w.dropped {
		return
	}
	_ = w.src.DropBehind(w.dropped, end-w.dropped) // advice: what stays does no harm
	w.dropped = end
}
