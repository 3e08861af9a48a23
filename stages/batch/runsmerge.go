package batch

import (
	"bytes"
	"encoding/binary"
	"io"
)

// leastPiece is what each run is read through while many are merged: below a
// page, reading takes more calls than it spares memory.
const leastPiece = 4 << 10

// cursor reads a run name by name. All that it needs to go on is where it is;
// its buffer may be taken away between two calls.
type cursor struct {
	extent
	buf []byte // read already, beginning with the record at from
}

// next is the next name, valid until room is used again; nil at the end. room is
// what it reads through, and comes back, larger where a record needed it.
func (c *cursor) next(file io.ReaderAt, room []byte) (name, used []byte, err error) {
	if c.from >= c.to {
		return nil, room, nil
	}
	if n := recordLength(c.buf); n == 0 || n > len(c.buf) {
		if room, err = c.fill(file, room); err != nil {
			return nil, room, err
		}
	}
	n := recordLength(c.buf)
	name = c.buf[recordHead:n:n]
	c.buf = c.buf[n:]
	c.from += int64(n)
	return name, room, nil
}

// fill reads on from the record at from, at least all of that record.
func (c *cursor) fill(file io.ReaderAt, room []byte) ([]byte, error) {
	for {
		c.buf = room[:min(int64(len(room)), c.to-c.from)]
		if _, err := file.ReadAt(c.buf, c.from); err != nil {
			c.buf = nil
			return room, sortError(err)
		}
		n := recordLength(c.buf)
		if n > 0 && n <= len(c.buf) {
			return room, nil
		}
		room = make([]byte, max(n, 2*len(room), recordHead))
	}
}

// recordLength is that of the record in front, 0 where not even its head is there.
func recordLength(buf []byte) int {
	if len(buf) < recordHead {
		return 0
	}
	return recordHead + int(binary.LittleEndian.Uint16(buf))
}

// merge makes one run of several, reading them through room. Those that are too
// many for it are merged in rounds.
func (r *runs) merge(sorted []extent, room []byte) (extent, error) {
	width := max(2, len(room)/leastPiece)
	for len(sorted) > 1 {
		n := min(width, len(sorted))
		m, err := newMerger(r.file, sorted[:n], room)
		if err != nil {
			return extent{}, err
		}
		one, err := r.write(m.next)
		if err != nil {
			return extent{}, err
		}
		sorted = append(sorted[n:], one)
	}
	return sorted[0], nil
}

// merger gives the names of several runs in order. Its heap is by hand: of the
// whole of container/heap it needs one function.
type merger struct {
	file io.ReaderAt
	heap []head // the least name first
	used bool   // the first one was given, and is to be moved on
}

// head is a run with the name at its front.
type head struct {
	name, room []byte
	rest       cursor
}

func newMerger(file io.ReaderAt, sorted []extent, room []byte) (*merger, error) {
	m := &merger{file: file}
	piece := len(room) / len(sorted)
	for i, run := range sorted {
		h := head{rest: cursor{extent: run}, room: room[i*piece : (i+1)*piece]}
		if err := h.advance(file); err != nil {
			return nil, err
		}
		if h.name != nil {
			m.heap = append(m.heap, h)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

func (h *head) advance(file io.ReaderAt) (err error) {
	h.name, h.room, err = h.rest.next(file, h.room)
	return err
}

func (m *merger) next() ([]byte, error) {
	if m.used {
		if err := m.heap[0].advance(m.file); err != nil {
			return nil, err
		}
		if last := len(m.heap) - 1; m.heap[0].name == nil {
			m.heap[0] = m.heap[last]
			m.heap = m.heap[:last]
		}
		m.sink(0)
	}
	if len(m.heap) == 0 {
		return nil, nil
	}
	m.used = true
	return m.heap[0].name, nil
}

// sink moves the head at i down to where it belongs.
func (m *merger) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if bytes.Compare(m.heap[child].name, m.heap[least].name) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}
