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

// dropBehind drops from the source's cache what has been read. The zero value drops nothing.
type dropBehind struct {
	src     storage.Adviser
	dropped int64 // up to where
}

// dropBehindOf is that of a reading that begins at offset.
func dropBehindOf(src storage.Source, offset int64) dropBehind {
	a, ok := src.(storage.Adviser)
	if !ok || src.Size() < bigSource {
		return dropBehind{}
	}
	return dropBehind{a, offset}
}

// passed drops all whole spans before offset.
func (d *dropBehind) passed(offset int64) {
	end := offset - offset%dropSpan
	if d.src == nil || end <= d.dropped {
		return
	}
	_ = d.src.DropBehind(d.dropped, end-d.dropped) // advice: what stays does no harm
	d.dropped = end
}
