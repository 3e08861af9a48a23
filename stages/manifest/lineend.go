package manifest

import (
	"bytes"

	"github.com/penstock-go/penstock/stages/digest"
)

// findEnd sets what the list's lines end in, and looks no further ahead than it
// must: a list may come through a pipe, line by line.
func (l *lines) findEnd() {
	for sure := false; !sure; {
		_, err := l.src.Peek(l.src.Buffered() + 1)
		window, _ := l.src.Peek(l.src.Buffered())
		l.end, sure = endOf(bytes.TrimPrefix(window, byteOrder), err != nil)
	}
}

// endOf judges by the beginning of a list what its lines end in, and whether it
// could still change its mind; whole says that there is no more to see. They
// end in NUL when the first NUL follows a checksum, and another checksum or the
// end of the list follows it. Names in such a list may hold newlines, so that
// one says nothing unless a checksum follows it. All else ends in newlines,
// maybe with a NUL where none belongs.
func endOf(window []byte, whole bool) (end byte, sure bool) {
	first, rest, found := bytes.Cut(window, []byte{0})
	switch begins(first, whole || found) {
	case no:
		return '\n', true
	case unknown:
		return '\n', false
	case yes:
	}
	for line := first; ; {
		var more bool
		if _, line, more = bytes.Cut(line, []byte("\n")); !more {
			break
		}
		if begins(bytes.TrimPrefix(line, []byte(`\`)), whole || found) == yes {
			return '\n', true
		}
	}
	switch {
	case !found:
		return '\n', whole
	case len(rest) == 0 && whole:
		return 0, true
	}
	switch begins(rest, whole) {
	case yes:
		return 0, true
	case no:
		return '\n', true
	default:
		return '\n', false
	}
}

// answer is what can be said of bytes of which more may come.
type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// longestRun is the most that can stand before the first blank or parenthesis
// of a checksum line: the longest digest in hex, with XXH3_ and room to spare.
const longestRun = 2*maxDigest + 16

// begins tells whether text begins as the line of a checksum does, with a digest
// and a blank, or with a tag.
func begins(text []byte, whole bool) answer {
	run := text[:min(len(text), longestRun)]
	i := bytes.IndexFunc(run, func(c rune) bool { return !inDigestOrTag(c) })
	switch {
	case i < 0 && len(text) < longestRun && !whole:
		return unknown
	case i < 0:
		return no
	}
	run, next := run[:i], run[i]
	if next != ' ' && next != '\t' && next != '(' {
		return no
	}
	if _, err := digest.Parse(string(run)); err == nil {
		return yes
	}
	digits := bytes.TrimPrefix(run, xxh3Prefix)
	if len(digits) >= 8 && next != '(' && (bytes.HasSuffix(digits, []byte("=")) || wrongDigit(digits) < 0) {
		return yes
	}
	return no
}

func inDigestOrTag(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '+' || c == '/' || c == '='
}
