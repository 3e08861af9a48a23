package stages

import "time"

// Chunk is a piece of a stream on its way: the bytes that stand at Offset.
//
// It belongs to whoever holds it. Emitting it hands it over, and the last
// holder calls Release; after that neither the chunk nor its Data may be used.
type Chunk struct {
	Offset int64  // of Data[0] within the stream, bytes
	Data   []byte // the bytes; never kept after Release
	Number int64  // of the chunk in its stream, from 1; pieces of one have the same
	Hole   bool   // the source has a hole here: Data is zeros, and need not be written
	Mark   bool   // a checkpoint is due once this chunk has arrived
	State  []byte // with Mark: the digests' saved state after this chunk

	buf *buffer   // what Data lies in; shared by the pieces of a split chunk
	at  time.Time // when it had been read
}

// Size is the number of bytes in the chunk: what a link that is bounded by
// weight counts.
func (c *Chunk) Size() int { return len(c.Data) }

// End is the offset of the first byte after the chunk.
func (c *Chunk) End() int64 { return c.Offset + int64(len(c.Data)) }

// Split cuts the first n bytes off and returns them as a chunk of their own;
// c keeps the rest. No byte is copied or lost, both chunks lie in one buffer,
// and each is released by itself. A mark stays with the rest, because the
// checkpoint is due when all of it has arrived. n must lie within (0, Size).
func (c *Chunk) Split(n int) *Chunk {
	if n <= 0 || n >= len(c.Data) {
		panic("stages: split outside the chunk")
	}
	c.buf.refs.Add(1)
	head := &Chunk{Offset: c.Offset, Data: c.Data[:n:n], Number: c.Number, Hole: c.Hole, buf: c.buf, at: c.at}
	c.Offset += int64(n)
	c.Data = c.Data[n:]
	return head
}

// Release gives the chunk's memory back. Releasing a chunk twice is a broken
// invariant and panics: its memory may already carry another stream's bytes.
func (c *Chunk) Release() {
	b := c.buf
	if b == nil {
		panic("stages: chunk released twice")
	}
	c.buf, c.Data = nil, nil
	if b.refs.Add(-1) == 0 {
		b.pool.put(b)
	}
}
