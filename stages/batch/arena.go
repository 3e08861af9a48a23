package batch

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// recordHead is the length that stands before each name, in an arena as in a
// run: two bytes, for the longest name a file system has is far below 64 KiB.
const recordHead = 2

// indexEntry is what one name costs beside its record.
const indexEntry = 4

// arena holds names one after another in one slice of bytes, and where each
// begins in another. A name costs its bytes and six more; as a string in an
// fs.DirEntry it costs over 200, which is what makes filepath.WalkDir take 67
// MiB for 300,000 names.
//
// It is a stack of levels: the names of a directory are put on top of those of
// the directories above it. Offsets count from a level's own start, so that a
// level can be slid down when those beneath it have gone to disk.
type arena struct {
	records []byte
	index   []uint32
}

// size is what the names take.
func (a *arena) size() int { return len(a.records) + indexEntry*len(a.index) }

// cost is what one more name takes.
func cost(name []byte) int { return recordHead + len(name) + indexEntry }

// add puts a name on top; start is where its level begins in records.
func (a *arena) add(start int, name []byte) {
	a.index = append(a.index, uint32(len(a.records)-start)) //nolint:gosec // the share is below 4 GiB
	a.records = appendRecord(a.records, name)
}

// sort puts the level's names, which begin at start, in byte order.
func (a *arena) sort(start, first int) {
	records := a.records[start:]
	slices.SortFunc(a.index[first:], func(x, y uint32) int {
		return bytes.Compare(recordAt(records, x), recordAt(records, y))
	})
}

// truncate forgets all from the level that begins at start and first.
func (a *arena) truncate(start, first int) {
	a.records, a.index = a.records[:start], a.index[:first]
}

// slide moves the level that begins at start and first down to the bottom.
func (a *arena) slide(start, first int) {
	a.records = a.records[:copy(a.records, a.records[start:])]
	a.index = a.index[:copy(a.index, a.index[first:])]
}

// names gives those of the level that begins at start which stand in the index
// from at to end, and then nil.
func (a *arena) names(start, at, end int) func() ([]byte, error) {
	return func() ([]byte, error) {
		if at == end {
			return nil, nil
		}
		at++
		return recordAt(a.records[start:], a.index[at-1]), nil
	}
}

func appendRecord(to, name []byte) []byte {
	to = binary.LittleEndian.AppendUint16(to, uint16(len(name))) //nolint:gosec // a name is below 64 KiB
	return append(to, name...)
}

// recordAt is the name whose record begins at offset.
func recordAt(records []byte, offset uint32) []byte {
	r := records[offset:]
	n := recordHead + int(binary.LittleEndian.Uint16(r))
	return r[recordHead:n:n]
}
