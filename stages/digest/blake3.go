package digest

import (
	"encoding/binary"
	"math/bits"

	"lukechampine.com/blake3/guts"
)

// blake3Digest is BLAKE3 with 32 bytes, without a key.
//
// BLAKE3 is a binary tree over chunks of 1 KiB. What is done of it is kept as the values of whole subtrees,
// one for each bit that is set in the count of chunks done, so that the state is small and data may come in
// any pieces. The library's Hasher does the same; it is not used because it neither saves its state nor
// takes subtrees, and because each of its writes starts goroutines and allocates.
//
// The root is finished unlike any other node, and which node that is shows only at the end. So the last
// node is held back, its value not yet computed, until more data comes.
type blake3Digest struct {
	values     [64][8]uint32   // values[i], where bit i of chunks is set: a whole subtree of 2^i chunks
	chunks     uint64          // how many chunks the values stand for
	held       guts.Node       // the whole subtree after them, held back,
	heldHeight int             // of 2^heldHeight chunks; 0 when none is held
	buf        [groupSize]byte // or else a group begun; a byte's place is its offset modulo groupSize
	n          int             // the end of the data in buf, which begins at start()
}

var (
	_ Digest = (*blake3Digest)(nil)
	_ Tree   = (*blake3Digest)(nil)
)

// groupSize is what the library compresses at once, a chunk in each lane of AVX-512. Waiting for a whole
// group makes writes of 4 KiB nearly as fast as large ones.
const (
	groupSize   = guts.MaxSIMD * guts.ChunkSize
	groupHeight = 4 // 2^4 chunks in a group
)

// Reset forgets all data.
func (b *blake3Digest) Reset() { b.chunks, b.heldHeight, b.n = 0, 0, 0 }

// Size returns 32.
func (b *blake3Digest) Size() int { return BLAKE3.Size() }

// BlockSize returns the length at whose multiples writes cost least.
func (b *blake3Digest) BlockSize() int { return groupSize }

// Write adds data. It never fails and never allocates.
func (b *blake3Digest) Write(p []byte) (int, error) {
	written := len(p)
	if b.n > 0 {
		n := copy(b.buf[b.n:], p)
		b.n += n
		p = p[n:]
	}
	if b.n == groupSize {
		b.held, b.heldHeight = b.begun(), groupHeight
		b.chunks &^= guts.MaxSIMD - 1 // those of this group are in held now
		b.n = 0
	}
	for ; len(p) >= groupSize; p = p[groupSize:] {
		b.release()
		b.held, b.heldHeight = subtree(p[:groupSize], b.chunks), groupHeight
	}
	if len(p) > 0 {
		b.release()
		b.n = copy(b.buf[:], p)
	}
	return written, nil
}

// Sum appends the digest.
func (b *blake3Digest) Sum(sum []byte) []byte {
	root := b.held
	if b.heldHeight == 0 {
		root = b.begun()
	}
	root = b.under(root, b.chunks&^(guts.MaxSIMD-1))
	root.Flags |= guts.FlagRoot
	words := guts.CompressNode(root)
	for _, word := range words[:BLAKE3.Size()/4] {
		sum = binary.LittleEndian.AppendUint32(sum, word)
	}
	return sum
}

// start returns where the data in buf begins: at 0, or inside the group when some of its chunks are settled.
func (b *blake3Digest) start() int {
	return int(b.chunks%guts.MaxSIMD) * guts.ChunkSize
}

// begun returns the node over the group begun.
func (b *blake3Digest) begun() guts.Node {
	if b.start() == 0 {
		return guts.CompressBuffer(&b.buf, b.n, &guts.IV, b.chunks, 0)
	}
	b.settle()
	return b.under(guts.CompressChunk(b.buf[b.start():b.n], &guts.IV, b.chunks, 0), b.chunks%guts.MaxSIMD)
}

// settle pushes the whole chunks in buf, except the last, so that at most one chunk of data is left. It has
// no use for SIMD lanes and takes up to 30 µs: states are saved and restored seldom.
func (b *blake3Digest) settle() {
	for b.n-b.start() > guts.ChunkSize {
		chunk := b.buf[b.start():][:guts.ChunkSize]
		b.push(guts.ChainingValue(guts.CompressChunk(chunk, &guts.IV, b.chunks, 0)), 0)
	}
}

// release pushes the subtree held back, if any. More data must be at hand: it cannot be the root any more.
func (b *blake3Digest) release() {
	if b.heldHeight > 0 {
		b.push(guts.ChainingValue(b.held), b.heldHeight)
		b.heldHeight = 0
	}
}

// push adds the value of the next whole subtree, of 2^height chunks. As in a binary counter, two of one
// height become one of the next.
func (b *blake3Digest) push(value [8]uint32, height int) {
	b.chunks += 1 << height
	for ; b.chunks>>height&1 == 0; height++ {
		value = guts.ChainingValue(guts.ParentNode(b.values[height], value, &guts.IV, 0))
	}
	b.values[height] = value
}

// under returns the node over the values of these chunks, a set of bits in b.chunks, and the node to their
// right.
func (b *blake3Digest) under(right guts.Node, chunks uint64) guts.Node {
	for ; chunks != 0; chunks &= chunks - 1 {
		left := b.values[bits.TrailingZeros64(chunks)]
		right = guts.ParentNode(left, guts.ChainingValue(right), &guts.IV, 0)
	}
	return right
}

// subtree returns the node over a power of two of whole groups, the first chunk of which has that number.
func subtree(p []byte, chunk uint64) guts.Node {
	if len(p) == groupSize {
		return guts.CompressBuffer((*[groupSize]byte)(p), groupSize, &guts.IV, chunk, 0)
	}
	half := len(p) / 2
	left := guts.ChainingValue(subtree(p[:half], chunk))
	right := guts.ChainingValue(subtree(p[half:], chunk+uint64(half/guts.ChunkSize)))
	return guts.ParentNode(left, right, &guts.IV, 0)
}
