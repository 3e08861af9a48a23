package manifest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
)

const (
	hashdeepMark   = "%%%% "
	hashdeepHeader = hashdeepMark + "HASHDEEP-1.0"

	// commentWidth breaks a comment, which may be a command line of a megabyte,
	// well before MaxLine.
	commentWidth = 4 << 10
)

var errNoColumns = errors.New(`no usable column header, such as "%%%% size,md5,sha256,filename", stands above`)

// column is what stands in one column of a hashdeep list.
type column struct {
	kind      columnKind
	algorithm digest.Algorithm // of a columnDigest
}

type columnKind uint8

const (
	columnUnknown columnKind = iota // a digest that we do not know: passed over
	columnSize
	columnDigest
	columnName
)

func appendHashdeepHeader(list []byte, o WriterOptions) []byte {
	list = append(list, hashdeepHeader+"\n"+hashdeepMark+"size,"...)
	for _, a := range o.Algorithms {
		list = append(list, a.String()...)
		list = append(list, ',')
	}
	list = append(list, "filename\n"...)
	breaks := func(c rune) bool { return c == '\n' || c == '\r' || c == 0 }
	for line := range strings.FieldsFuncSeq(o.Comment, breaks) {
		for part := range slices.Chunk([]byte(line), commentWidth) {
			list = append(list, "## "...)
			list = append(list, part...)
			list = append(list, '\n')
		}
	}
	return list
}

func appendHashdeep(line []byte, e Entry) []byte {
	line = strconv.AppendInt(line, e.Size, 10)
	for _, sum := range e.Sums {
		line = append(line, ',')
		line = hex.AppendEncode(line, sum.Value)
	}
	line = append(line, ',')
	return append(line, e.Name...)
}

// parseHashdeep reads a line of a list whose first line was hashdeep's.
func (r *Reader) parseHashdeep(line []byte) (Entry, error) {
	if header, ok := bytes.CutPrefix(line, []byte(hashdeepMark)); ok {
		return Entry{}, r.readColumns(header)
	}
	if line[0] == '#' {
		return Entry{}, errNothing
	}
	if r.columns == nil {
		return Entry{}, errNoColumns
	}
	return r.readRow(line)
}

// readColumns keeps the columns that a header names, and returns errNothing when
// they are usable.
func (r *Reader) readColumns(header []byte) error {
	r.columns = nil
	if bytes.HasPrefix(header, []byte("HASHDEEP-")) {
		if string(header) != strings.TrimPrefix(hashdeepHeader, hashdeepMark) {
			return fmt.Errorf("hashdeep version %s; only HASHDEEP-1.0 is known", quoted(header))
		}
		return errNothing
	}
	names := strings.Split(string(header), ",")
	if len(names) > 2*len(r.tags) {
		return errNoColumns
	}
	columns := make([]column, len(names))
	usable := map[columnKind]bool{}
	for i, name := range names {
		columns[i] = columnNamed(name)
		if columns[i].kind != columnUnknown && slices.Contains(columns[:i], columns[i]) {
			return fmt.Errorf("column %s stands twice in the header", quoted(name))
		}
		usable[columns[i].kind] = true
	}
	if !usable[columnName] || !usable[columnDigest] {
		return errors.New("hashdeep header without filename and a digest that we know")
	}
	r.columns = columns
	return errNothing
}

func columnNamed(name string) column {
	switch name {
	case "size":
		return column{kind: columnSize}
	case "filename":
		return column{kind: columnName}
	}
	if a, err := digest.Parse(name); err == nil {
		return column{kind: columnDigest, algorithm: a}
	}
	return column{}
}

// readRow reads what a row says of one file.
func (r *Reader) readRow(line []byte) (Entry, error) {
	values := r.splitRow(line)
	if values == nil {
		return Entry{}, fmt.Errorf("fewer than the %d columns of the header", len(r.columns))
	}
	e := Entry{Size: -1}
	for i, c := range r.columns {
		switch c.kind {
		case columnName:
			e.Name = string(values[i])
		case columnSize:
			size, err := strconv.ParseUint(string(values[i]), 10, 63)
			if err != nil {
				return Entry{}, fmt.Errorf("size %s is no number of bytes", quoted(values[i]))
			}
			e.Size = int64(size)
		case columnDigest:
			value, err := r.decode(values[i], c.algorithm)
			if err != nil {
				return Entry{}, err
			}
			e.Sums = append(e.Sums, Sum{Algorithm: c.algorithm, Value: value})
		case columnUnknown:
		}
	}
	if e.Name == "" {
		return Entry{}, errEmptyName
	}
	e.Stdin = e.Name == stdin
	return e, nil
}

// splitRow returns the row's values, nil when there are too few. The name may
// hold commas: the columns before it are counted from the left, those after it
// from the right.
func (r *Reader) splitRow(line []byte) [][]byte {
	values := make([][]byte, len(r.columns))
	name := slices.Index(r.columns, column{kind: columnName})
	for i := range name {
		value, rest, ok := bytes.Cut(line, []byte(","))
		if !ok {
			return nil
		}
		values[i], line = value, rest
	}
	for i := len(values) - 1; i > name; i-- {
		comma := bytes.LastIndexByte(line, ',')
		if comma < 0 {
			return nil
		}
		values[i], line = line[comma+1:], line[:comma]
	}
	values[name] = line
	return values
}
