package manifest

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/penstock-go/penstock/stages/digest"
)

// flushAt is the fill at which lines are handed on: large enough that the write
// costs nothing a line, small enough to be lost in the budget of memory.
const flushAt = 32 << 10

// WriterOptions says what a list looks like. The zero value is a GNU list of
// SHA-256 digests.
type WriterOptions struct {
	Format Format

	// Algorithms are the digests of every entry, in this order; none means
	// SHA-256. GNU carries one.
	Algorithms []digest.Algorithm

	// Zero ends lines in NUL and escapes nothing, in GNU and BSD lists. False
	// ends them in a newline.
	Zero bool

	// Comment stands beneath the header of a Hashdeep list, each of its lines
	// as a comment: hashdeep itself writes the folder and the command there.
	// Empty means none.
	Comment string
}

func (o WriterOptions) withDefaults() WriterOptions {
	if len(o.Algorithms) == 0 {
		o.Algorithms = []digest.Algorithm{digest.SHA256}
	}
	o.Algorithms = slices.Clone(o.Algorithms)
	return o
}

// validate reports every fault at once.
func (o WriterOptions) validate() error {
	var faults []error
	if !o.Format.known() {
		faults = append(faults, fmt.Errorf("%s is no format", o.Format))
	}
	for i, a := range o.Algorithms {
		if a.Size() == 0 {
			faults = append(faults, fmt.Errorf("%s is no digest", a))
		} else if slices.Contains(o.Algorithms[:i], a) {
			faults = append(faults, fmt.Errorf("digest %s is asked for twice", a))
		}
	}
	if o.Format == GNU && len(o.Algorithms) > 1 {
		faults = append(faults, fmt.Errorf(
			"gnu lines carry one digest, and %d are asked for: use bsd, hashdeep or json", len(o.Algorithms)))
	}
	if o.Zero && (o.Format == Hashdeep || o.Format == JSON) {
		faults = append(faults, fmt.Errorf("%s lines cannot end in NUL: use gnu or bsd", o.Format))
	}
	if o.Comment != "" && o.Format != Hashdeep {
		faults = append(faults, fmt.Errorf("%s has no place for a comment: use hashdeep", o.Format))
	}
	return errors.Join(faults...)
}

// Writer writes one list. It must be flushed at the end.
type Writer struct {
	dst     io.Writer
	options WriterOptions
	buf     []byte // lines not handed on yet; reused
	err     error  // the first of dst's errors: nothing is written after it
}

// NewWriter returns a Writer of the list that options describe, or every fault
// in options at once. It writes nothing to w yet.
func NewWriter(w io.Writer, options WriterOptions) (*Writer, error) {
	o := options.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	writer := &Writer{dst: w, options: o}
	if o.Format == Hashdeep {
		writer.buf = appendHashdeepHeader(nil, o)
	}
	return writer, nil
}

// Write adds an entry, whose Sums must be of the list's algorithms in their
// order. It returns a [*NameError] when the list cannot carry the name; the list
// is then as it was, and more can be written. Lines are collected: an error of
// the underlying writer may come with a later Write, and stays.
func (w *Writer) Write(e Entry) error {
	if w.err != nil {
		return w.err
	}
	if e.Stdin {
		e.Name = stdin
	} else if e.Name == stdin {
		e.Name = "./-"
	}
	if err := w.check(e); err != nil {
		return err
	}
	fault := nameFault(e.Name, w.options.Format)
	if fault == "" {
		before := len(w.buf)
		var longest int
		if w.buf, longest = appendEntry(w.buf, e, w.options.Format, w.options.Zero); longest > MaxLine {
			w.buf = w.buf[:before]
			fault = fmt.Sprintf("a line of %d bytes, more than %d", longest, MaxLine)
		}
	}
	if fault != "" {
		return &NameError{Name: e.Name, Fault: fault, Format: w.options.Format, Carried: carriers(e)}
	}
	if len(w.buf) < flushAt {
		return nil
	}
	return w.Flush()
}

// Flush hands all that was written to the underlying writer. A list without
// entries has its header then.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	n, err := w.dst.Write(w.buf)
	if err == nil && n < len(w.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = fmt.Errorf("write list: %w", err)
		return w.err
	}
	w.buf = w.buf[:0]
	return nil
}

// check refuses an entry that is not one of this list.
func (w *Writer) check(e Entry) error {
	if len(e.Sums) != len(w.options.Algorithms) {
		return fmt.Errorf("write %s: %d digests in a list of %d", quoted(e.Name), len(e.Sums), len(w.options.Algorithms))
	}
	for i, want := range w.options.Algorithms {
		if got := e.Sums[i]; got.Algorithm != want || len(got.Value) != want.Size() {
			return fmt.Errorf("write %s: a %s digest of %d bytes where the list has %s with %d",
				quoted(e.Name), got.Algorithm, len(got.Value), want, want.Size())
		}
	}
	if w.options.Format == Hashdeep && e.Size < 0 {
		return fmt.Errorf("write %s: hashdeep needs the size", quoted(e.Name))
	}
	return nil
}

// appendEntry adds the entry's lines to list, and tells the longest one's
// length without its end.
func appendEntry(list []byte, e Entry, f Format, zero bool) (_ []byte, longest int) {
	end := byte('\n')
	if zero {
		end = 0
	}
	start := len(list)
	switch f {
	case BSD:
		for _, sum := range e.Sums {
			start = len(list)
			list = appendBSD(list, e.Name, sum, zero)
			longest = max(longest, len(list)-start)
			list = append(list, end)
		}
		return list, longest
	case Hashdeep:
		list = appendHashdeep(list, e)
	case JSON:
		list = appendJSON(list, e)
	default:
		list = appendGNU(list, e.Name, e.Sums[0], zero)
	}
	return append(list, end), len(list) - start
}
