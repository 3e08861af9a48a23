package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoted makes a file name safe to show: a name that holds anything a terminal
// would act on or could not show (control characters, escape sequences,
// bidirectional marks, bytes that are not UTF-8) is written as a shell's $'…',
// which can be pasted back. Any other name stays as it is.
func quoted(name string) string {
	if name == "" {
		return "''"
	}
	if plain(name) {
		return name
	}
	var b strings.Builder
	b.WriteString("$'")
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		switch {
		case r == utf8.RuneError && n <= 1:
			writeHex(&b, name[:1])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case showable(r):
			b.WriteRune(r)
		default:
			writeHex(&b, name[:n])
		}
		name = name[max(n, 1):]
	}
	b.WriteString("'")
	return b.String()
}

func plain(name string) bool {
	if !utf8.ValidString(name) {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool { return !showable(r) }) < 0
}

// showable reports whether a terminal shows the rune as itself. unicode.IsPrint
// leaves out control characters and the format class, in which the
// bidirectional marks are.
func showable(r rune) bool { return r == ' ' || unicode.IsPrint(r) }

// sentence makes a message one line: what it quotes from elsewhere may hold
// anything.
func sentence(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if showable(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// visible is text for a terminal: of its lines, everything that a terminal would
// act on is written as \xNN, byte by byte.
func visible(lines []byte) []byte {
	var b bytes.Buffer
	for len(lines) > 0 {
		r, n := utf8.DecodeRune(lines)
		if r == '\n' || showable(r) && (r != utf8.RuneError || n > 1) {
			b.Write(lines[:n])
		} else {
			writeHex(&b, lines[:n])
		}
		lines = lines[n:]
	}
	return b.Bytes()
}

func writeHex[T string | []byte](w io.Writer, bytes T) {
	for i := range len(bytes) {
		_, _ = fmt.Fprintf(w, `\x%02x`, bytes[i]) // into memory
	}
}
