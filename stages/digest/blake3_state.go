package digest

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"lukechampine.com/blake3/guts"
)

const (
	valueSize    = 32            // bytes of a subtree's value
	childrenSize = 2 * valueSize // of the two children that a held node consists of
	maxHeight    = 52            // of a subtree: the next one is of 2^63 bytes, more than an offset can name
)

// MarshalBinary returns the state:
//
//	bytes  what
//	8      count of the chunks done, big endian
//	32 n   the value of each whole subtree, from the largest to the smallest; n bits are set in the count
//	1      height of the subtree held back, 0 for none
//	64     its two children when there is one; otherwise the last 0 to 1024 bytes of data
//
// It depends on the data only, not on the pieces in which the data was written.
func (b *blake3Digest) MarshalBinary() ([]byte, error) {
	b.settle()
	state := binary.BigEndian.AppendUint64(sealed(BLAKE3.String()), b.chunks)
	for height := len(b.values) - 1; height >= 0; height-- {
		if b.chunks>>height&1 == 1 {
			state = appendWords(state, b.values[height][:])
		}
	}
	state = append(state, byte(b.heldHeight)) //nolint:gosec // at most maxHeight
	if b.heldHeight > 0 {
		return seal(appendWords(state, b.held.Block[:])), nil
	}
	return seal(append(state, b.buf[b.start():b.n]...)), nil
}

// UnmarshalBinary restores what MarshalBinary returned.
func (b *blake3Digest) UnmarshalBinary(state []byte) error {
	in, err := open(BLAKE3.String(), state)
	if err != nil {
		return err
	}
	var back blake3Digest
	if err := back.restore(in); err != nil {
		return badState(BLAKE3.String(), err)
	}
	*b = back
	return nil
}

func (b *blake3Digest) restore(in []byte) error {
	if len(in) < 8 {
		return errors.New("its count of chunks is cut short")
	}
	b.chunks, in = binary.BigEndian.Uint64(in), in[8:]
	if b.chunks>>(maxHeight+1) != 0 {
		return errors.New("its count of chunks is too large")
	}
	if len(in) < valueSize*bits.OnesCount64(b.chunks)+1 {
		return errors.New("its values are cut short")
	}
	for height := maxHeight; height >= 0; height-- {
		if b.chunks>>height&1 == 1 {
			in = takeWords(b.values[height][:], in)
		}
	}
	b.heldHeight, in = int(in[0]), in[1:]
	if b.heldHeight > 0 {
		return b.restoreHeld(in)
	}
	return b.restoreData(in)
}

func (b *blake3Digest) restoreHeld(in []byte) error {
	switch {
	case b.heldHeight < groupHeight || b.heldHeight > maxHeight || b.chunks%(1<<b.heldHeight) != 0:
		return errors.New("its last subtree has an impossible height")
	case len(in) != childrenSize:
		return errors.New("its last subtree has a wrong length")
	}
	b.held = guts.ParentNode([8]uint32{}, [8]uint32{}, &guts.IV, 0)
	takeWords(b.held.Block[:], in)
	return nil
}

func (b *blake3Digest) restoreData(in []byte) error {
	if len(in) > guts.ChunkSize || (len(in) == 0 && b.chunks > 0) {
		return errors.New("its last chunk has a wrong length")
	}
	if b.start()+len(in) == groupSize {
		return errors.New("its last group is whole and not held")
	}
	b.n = b.start() + copy(b.buf[b.start():], in)
	return nil
}

func appendWords(b []byte, words []uint32) []byte {
	for _, word := range words {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return b
}

// takeWords fills words from the front of b and returns the rest.
func takeWords(words []uint32, b []byte) []byte {
	for i := range words {
		words[i], b = binary.LittleEndian.Uint32(b), b[4:]
	}
	return b
}
