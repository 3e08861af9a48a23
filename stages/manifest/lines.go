package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

var (
	errTooLong = fmt.Errorf("longer than %d bytes", MaxLine)
	byteOrder  = []byte("\uFEFF") // the mark that Windows tools put before UTF-8
)

// lines cuts a list into lines of at most MaxLine bytes, in one buffer.
type lines struct {
	src    *bufio.Reader
	end    byte // what lines end in
	number int  // of the line read last, from 1
}

// newLines needs room for the longest line, the mark before it, and as much after
// it as findEnd looks at, which is more than CRLF: what fills the buffer is too
// long for certain.
func newLines(r io.Reader) *lines {
	return &lines{src: bufio.NewReaderSize(&sticky{src: r}, len(byteOrder)+MaxLine+1+longestRun)}
}

// sticky returns src's first error again and again: bufio forgets one that a
// Peek has seen, and would go on reading.
type sticky struct {
	src io.Reader
	err error
}

func (s *sticky) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.src.Read(p)
	s.err = err
	return n, err
}

// next returns the next line without its end, valid until the call after. The
// error is errTooLong for a line that was skipped, io.EOF after the last, and
// anything else ends the list.
func (l *lines) next() ([]byte, error) {
	line, err := l.src.ReadSlice(l.end)
	if len(line) > 0 || err == nil {
		l.number++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, l.skip()
	case err == nil:
		line = line[:len(line)-1]
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read list at line %d: %w", max(l.number, 1), err)
	case len(line) == 0:
		return nil, io.EOF
	}
	if l.number == 1 {
		line = bytes.TrimPrefix(line, byteOrder)
	}
	if l.end == '\n' {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	if len(line) > MaxLine {
		return nil, errTooLong
	}
	return line, nil
}

// skip drops the rest of a line that does not fit the buffer.
func (l *lines) skip() error {
	for {
		switch _, err := l.src.ReadSlice(l.end); {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF):
			return errTooLong
		default:
			return fmt.Errorf("read list at line %d: %w", l.number, err)
		}
	}
}
