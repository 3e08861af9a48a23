package checkpoint

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"iter"
)

// journalBuffer is how many bytes of a journal are read at a time: some hundred
// entries.
const journalBuffer = 64 << 10

// Entries yields what was appended before the loop began, in order, in constant
// memory. An error is the last of the loop: [ErrCorrupt] says that the file was
// changed since it was opened.
func (j *Journal) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		j.mu.Lock()
		end := j.end
		j.mu.Unlock()
		r := j.reader(end)
		for r.end < end {
			err := context.Cause(ctx)
			var e Entry
			if err == nil {
				e, err = r.next()
			}
			if errors.Is(err, io.EOF) {
				err = refuse(ErrCorrupt, "it was good up to byte %d when it was opened, and is now to byte %d", end, r.end)
			}
			if err != nil {
				yield(Entry{}, j.fail("read", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// reader reads the entries up to end.
func (j *Journal) reader(end int64) *entryReader {
	section := io.NewSectionReader(j.file, j.start, end-j.start)
	return &entryReader{r: bufio.NewReaderSize(section, journalBuffer), end: j.start, sum: j.origin}
}

// entryReader reads entries for as long as they are whole.
type entryReader struct {
	r   *bufio.Reader
	end int64  // behind the last good entry
	sum uint32 // of all up to end
	buf []byte
}

// next is the next entry, and io.EOF where there is none that is whole. Any other
// error is the disk's.
func (r *entryReader) next() (Entry, error) {
	r.buf = append(r.buf[:0], 0, 0, 0, 0)
	if err := r.fill(0); err != nil {
		return Entry{}, err
	}
	n := binary.LittleEndian.Uint32(r.buf)
	if n > MaxSize {
		return Entry{}, io.EOF
	}
	r.grow(int(n) + sumSize)
	if err := r.fill(4); err != nil {
		return Entry{}, err
	}
	body, stored := r.buf[:4+n], r.buf[4+n:]
	sum := crc32.Update(r.sum, castagnoli, body)
	if sum != binary.LittleEndian.Uint32(stored) {
		return Entry{}, io.EOF
	}
	e, err := decodeEntry(body[4:])
	if err != nil {
		return Entry{}, io.EOF // whole, and yet none of ours
	}
	r.end, r.sum = r.end+int64(len(r.buf)), sum
	return e, nil
}

// fill reads buf from this index on, to its end.
func (r *entryReader) fill(from int) error {
	_, err := io.ReadFull(r.r, r.buf[from:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

func (r *entryReader) grow(n int) {
	r.buf = append(r.buf, make([]byte, n)...)
}
