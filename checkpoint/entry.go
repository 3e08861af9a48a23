package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Entry is one file that a job has finished with. An entry is appended after the
// file would survive a power cut, and never before.
type Entry struct {
	// Path is the file's, as the job's walk names it: bytes, not empty.
	Path string
	// Source is the version that was read, Destination the copy that came of it,
	// zero where the job makes none. While both are as they were, nothing has to be
	// read again.
	Source, Destination Identity
	// Digests are those of the bytes.
	Digests []Digest
}

// Digest is a digest that is complete.
type Digest struct {
	Algorithm string
	Sum       []byte
}

// encode appends the entry, in a form of its own: a journal has a million of them
// and is read by programs only. Strings follow their length of 4 bytes, an
// identity is 5 numbers of 8 bytes in the order of its fields, the digests follow
// their number of 4 bytes; all little endian.
func (e *Entry) encode(b []byte) []byte {
	b = appendString(b, e.Path)
	b = appendIdentity(b, e.Source)
	b = appendIdentity(b, e.Destination)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Digests))) //nolint:gosec // Append bounds the whole
	for _, d := range e.Digests {
		b = appendString(b, d.Algorithm)
		b = appendString(b, d.Sum)
	}
	return b
}

func appendString[S string | []byte](b []byte, s S) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // Append bounds the whole
	return append(b, s...)
}

func appendIdentity(b []byte, i Identity) []byte {
	//nolint:gosec // the same bits come back
	for _, n := range [...]uint64{i.Device, i.Inode, uint64(i.Size), uint64(i.ModTime), uint64(i.ChangeTime)} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

// decodeEntry is the opposite, and keeps nothing of b.
func decodeEntry(b []byte) (Entry, error) {
	d := decoder{rest: b}
	e := Entry{Path: string(d.bytes()), Source: d.identity(), Destination: d.identity()}
	for n := d.uint32(); n > 0 && !d.short; n-- {
		e.Digests = append(e.Digests, Digest{Algorithm: string(d.bytes()), Sum: append([]byte(nil), d.bytes()...)})
	}
	switch {
	case d.short:
		return Entry{}, errors.New("it ends too early")
	case len(d.rest) > 0:
		return Entry{}, fmt.Errorf("%d bytes are left over", len(d.rest))
	case e.Path == "":
		return Entry{}, errors.New("it has no path")
	}
	return e, nil
}

// decoder takes values off the front of rest. Once that was too short for one, all
// that follow are zero.
type decoder struct {
	rest  []byte
	short bool
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.short, d.rest = true, nil
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) bytes() []byte { return d.take(uint64(d.uint32())) }

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) int64() int64 { return int64(d.uint64()) } //nolint:gosec // the bits that were written

func (d *decoder) identity() Identity {
	return Identity{
		Device: d.uint64(), Inode: d.uint64(), Size: d.int64(), ModTime: d.int64(), ChangeTime: d.int64(),
	}
}
