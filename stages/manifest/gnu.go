package manifest

import (
	"bytes"
	"encoding/hex"
	"errors"

	"github.com/penstock-go/penstock/stages/digest"
)

// errNotList is the reason for a line that resembles nothing we know.
var errNotList = errors.New("not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX")

var (
	errNoName  = errors.New("no name after the digest; expected two blanks and a name")
	errBlanks  = errors.New("one blank before the name where the lines above have two")
	xxh3Prefix = []byte("XXH3_") // xxhsum tells XXH3 from XXH64, of the same length, by it
)

// blanks says how a list's lines part the digest from the name. BSD's md5 -r
// writes one blank where GNU writes two characters; the name " a" in the one is
// the name "a" in the other, so that a list must keep to what it began with.
type blanks uint8

const (
	blanksUnknown blanks = iota
	blanksTwo            // two blanks, or a blank and *
	blanksOne
)

func appendGNU(line []byte, name string, sum Sum, zero bool) []byte {
	if zero || !needsEscape(name) {
		line = hex.AppendEncode(line, sum.Value)
		line = append(line, "  "...)
		return append(line, name...)
	}
	line = append(line, '\\')
	line = hex.AppendEncode(line, sum.Value)
	line = append(line, "  "...)
	return appendEscaped(line, name)
}

// parseGNU reads a line without its leading backslash, which is escaped. field
// is the part of line before the first blank.
func (r *Reader) parseGNU(field, line []byte, escaped bool) (Entry, error) {
	known := r.options.Algorithm
	if rest, ok := bytes.CutPrefix(field, xxh3Prefix); ok {
		field, known = rest, digest.XXH3
	}
	value, err := r.decode(field, known)
	if err != nil {
		return Entry{}, err
	}
	name, form, err := r.splitName(line)
	if err != nil {
		return Entry{}, err
	}
	if escaped {
		if name, err = unescape(name); err != nil {
			return Entry{}, err
		}
	}
	r.blanks = form
	e := named(string(name), Sum{Algorithm: known, Value: value})
	if known == 0 {
		if fit := r.bySize[len(value)]; len(fit) == 1 {
			e.Sums[0].Algorithm = fit[0]
		} else {
			e.Candidates = fit
		}
	}
	return e, nil
}

// splitName returns the name that rest, all that follows the digest, holds
// after one or two characters.
func (r *Reader) splitName(rest []byte) ([]byte, blanks, error) {
	if len(rest) < 2 {
		return nil, 0, errNoName
	}
	name := rest[1:]
	marked := name[0] == ' ' || name[0] == '*'
	switch {
	case r.blanks == blanksOne:
		return name, blanksOne, nil
	case marked && len(name) == 1:
		return nil, 0, errNoName
	case marked:
		return name[1:], blanksTwo, nil
	case r.blanks == blanksTwo:
		return nil, 0, errBlanks
	default:
		return name, blanksOne, nil
	}
}
