package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/penstock-go/penstock/stages/digest"
)

// LineError says why a line is no entry. Reading goes on with the next line.
type LineError struct {
	Line int // from 1; with Zero, NUL ends a line
	Err  error
}

// Error names the line, as in "line 7: digest of 63 hex digits; sha256 has 64".
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

var (
	errNUL     = errors.New("a NUL byte, which no name holds")
	errNothing = errors.New("nothing on this line") // a comment, a blank line, a header: never yielded
)

// ReaderOptions says what is known of a list beforehand. With the zero value
// everything is found out.
type ReaderOptions struct {
	// Algorithm is what digests are of where a line does not name it. Zero
	// means any of their length: see Entry.Candidates.
	Algorithm digest.Algorithm

	// Zero says that lines end in NUL and that nothing is escaped. False finds
	// it out: a list is taken for one when a checksum stands before its first
	// NUL, and nothing or another one after it. Only a name with a newline that
	// what looks like a checksum follows is not seen through.
	Zero bool
}

// Reader reads one list, whose form it finds by itself. It does so for each line,
// so that lists of several forms may follow each other; only what follows the
// header of a Hashdeep list is all of that form.
type Reader struct {
	options ReaderOptions
	lines   *lines
	columns []column // of a hashdeep list, once its header was read
	deep    bool     // hashdeep's first line was read: the rest is its
	blanks  blanks

	tags   map[string]digest.Algorithm // by the tag that we write
	bySize [maxDigest + 1][]digest.Algorithm
}

// NewReader returns a Reader of the list in r. It reads nothing yet, and never
// closes r.
func NewReader(r io.Reader, options ReaderOptions) *Reader {
	reader := &Reader{options: options, lines: newLines(r), tags: make(map[string]digest.Algorithm)}
	for _, a := range digest.All() {
		reader.tags[a.Tag()] = a
		reader.bySize[a.Size()] = digest.BySize(a.Size())
	}
	return reader
}

// Entries yields the list's entries in their order. A line that is none yields a
// [*LineError] with a zero Entry, and an error of the underlying reader the last
// pair. An empty list yields nothing.
//
// Adjacent lines that have one name and different algorithms, as a BSD list of
// several digests does, are one entry, so that a checker reads the file once.
// An entry may therefore be yielded when the line after it has been read.
//
// Entries can be ranged over once; what follows an early break is lost.
func (r *Reader) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if !r.options.Zero {
			r.lines.findEnd()
		}
		var open Entry // may be joined by the next line; without a name there is none
		for {
			e, err := r.next()
			if err == nil && open.joins(&e) {
				open.Sums = append(open.Sums, e.Sums...)
				continue
			}
			if open.Name != "" && !yield(open, nil) {
				return
			}
			open = Entry{}
			if err == nil && e.Candidates == nil {
				open = e
				continue
			}
			if errors.Is(err, io.EOF) || !yield(e, err) || ends(err) {
				return
			}
		}
	}
}

// next returns the entry of the next line that says something. The error is
// io.EOF at the end.
func (r *Reader) next() (Entry, error) {
	for {
		line, err := r.lines.next()
		if err != nil && !errors.Is(err, errTooLong) {
			return Entry{}, err
		}
		var e Entry
		if err == nil {
			e, err = r.parse(line)
		}
		switch {
		case err == nil:
			e.Line = r.lines.number
			return e, nil
		case !errors.Is(err, errNothing):
			return Entry{}, &LineError{Line: r.lines.number, Err: err}
		}
	}
}

// ends tells whether nothing comes after err.
func ends(err error) bool {
	_, goesOn := errors.AsType[*LineError](err)
	return err != nil && !goesOn
}

// parse reads a line by what it begins with, and may change its bytes.
func (r *Reader) parse(line []byte) (Entry, error) {
	text := bytes.TrimLeft(line, " \t")
	switch {
	case len(text) == 0:
		return Entry{}, errNothing
	case bytes.IndexByte(line, 0) >= 0:
		return Entry{}, errNUL
	case r.deep || bytes.HasPrefix(line, []byte(hashdeepMark)):
		r.deep = true
		return r.parseHashdeep(line)
	case line[0] == '#':
		return Entry{}, errNothing
	case text[0] == '{':
		return r.parseJSON(text)
	}
	text, escaped := bytes.CutPrefix(text, []byte(`\`))
	if escaped && r.lines.end == 0 {
		return Entry{}, errNotList
	}
	field := text
	if i := bytes.IndexAny(text, " \t"); i >= 0 {
		field = text[:i]
	}
	switch {
	case r.resemblesDigest(field):
		return r.parseGNU(field, text[len(field):], escaped)
	case bytes.IndexByte(text, '(') > 0:
		return r.parseBSD(text, escaped)
	default:
		return Entry{}, errNotList
	}
}

// resemblesDigest tells whether field is meant as a digest, well made or not.
// Tags are shorter than the digests that are let through with a wrong digit.
func (r *Reader) resemblesDigest(field []byte) bool {
	const tagMost = 15
	switch {
	case bytes.IndexByte(field, '(') >= 0:
		return false
	case bytes.HasPrefix(field, xxh3Prefix), bytes.HasSuffix(field, []byte("=")):
		return true
	case wrongDigit(field) < 0:
		return true
	default:
		return len(field) > tagMost && len(field) <= 2*maxDigest && r.bySize[len(field)/2] != nil
	}
}
