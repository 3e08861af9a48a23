package manifest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
)

var errEmptyName = errors.New("the name is empty; expected the path of a file")

// tagNames are the tags that we write, for messages.
var tagNames = func() string {
	var tags []string
	for _, a := range digest.All() {
		tags = append(tags, a.Tag())
	}
	return strings.Join(tags, ", ")
}()

func appendBSD(line []byte, name string, sum Sum, zero bool) []byte {
	escaped := !zero && needsEscape(name)
	if escaped {
		line = append(line, '\\')
	}
	line = append(line, sum.Algorithm.Tag()...)
	line = append(line, " ("...)
	if escaped {
		line = appendEscaped(line, name)
	} else {
		line = append(line, name...)
	}
	line = append(line, ") = "...)
	return hex.AppendEncode(line, sum.Value)
}

// parseBSD reads a line without its leading backslash, which is escaped. The
// name ends at the last parenthesis, for a digest holds none and a name may hold
// ") = ". The blanks around the punctuation are free: openssl writes
// "SHA2-256(name)= HEX" and rhash "MD5   (name) = HEX".
func (r *Reader) parseBSD(line []byte, escaped bool) (Entry, error) {
	first, last := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if first < 1 || last < first {
		return Entry{}, errNotList
	}
	tag := bytes.TrimRight(line[:first], " \t")
	text, ok := bytes.CutPrefix(bytes.TrimLeft(line[last+1:], " \t"), []byte("="))
	if !ok || len(tag) == 0 || bytes.ContainsAny(tag, " \t") {
		return Entry{}, errNotList
	}
	algorithm, err := r.tagged(tag)
	if err != nil {
		return Entry{}, err
	}
	value, err := r.decode(bytes.Trim(text, " \t"), algorithm)
	if err != nil {
		return Entry{}, err
	}
	name := line[first+1 : last]
	if escaped {
		if name, err = unescape(name); err != nil {
			return Entry{}, err
		}
	}
	if len(name) == 0 {
		return Entry{}, errEmptyName
	}
	return named(string(name), Sum{Algorithm: algorithm, Value: value}), nil
}

// tagged returns the algorithm that tag names. A list repeats a tag line after
// line, and looking it up under every spelling costs more than the rest of the
// line: the tags as we write them are found first.
func (r *Reader) tagged(tag []byte) (digest.Algorithm, error) {
	if a, ok := r.tags[string(tag)]; ok {
		return a, nil
	}
	a, err := digest.Parse(string(tag))
	if err != nil {
		return 0, fmt.Errorf("unknown algorithm %s; expected %s", quoted(tag), tagNames)
	}
	return a, nil
}
