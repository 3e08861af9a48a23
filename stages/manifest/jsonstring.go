package manifest

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendString writes s as a JSON string. Besides what JSON demands it escapes
// DEL and the C1 controls, which a terminal obeys, and U+2028 and U+2029, which
// JavaScript and line splitters take for line ends. What is not UTF-8 becomes
// U+FFFD.
func appendString(line []byte, s string) []byte {
	const digits = "0123456789abcdef"
	line = append(line, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			line = append(line, '\\', byte(c))
		case c == '\n':
			line = append(line, `\n`...)
		case c == '\r':
			line = append(line, `\r`...)
		case c == '\t':
			line = append(line, `\t`...)
		case c < ' ' || 0x7f <= c && c < 0xa0 || c == '\u2028' || c == '\u2029':
			line = append(line, '\\', 'u', digits[c>>12], digits[c>>8&15], digits[c>>4&15], digits[c&15])
		default:
			line = utf8.AppendRune(line, c)
		}
	}
	return append(line, '"')
}

// appendBase64 works in pieces, whose length is a multiple of three, because
// converting the whole string would allocate.
func appendBase64(line []byte, s string) []byte {
	var piece [48]byte
	for len(s) > 0 {
		n := copy(piece[:], s)
		line = base64.StdEncoding.AppendEncode(line, piece[:n])
		s = s[n:]
	}
	return line
}

// halfPair tells whether valid JSON holds the escape of a surrogate without its
// other half. encoding/json makes U+FFFD of it, and Python writes it for a byte
// that is not UTF-8: the file's name is lost in such a list.
func halfPair(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		c, ok := unitAt(text[i:])
		if !ok {
			text = text[i+2:]
			continue
		}
		text = text[i+6:]
		if !utf16.IsSurrogate(c) {
			continue
		}
		low, ok := unitAt(text)
		if !ok || utf16.DecodeRune(c, low) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
}

// unitAt reads the \uXXXX that text begins with.
func unitAt(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	c, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(c), err == nil
}
