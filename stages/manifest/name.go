package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// NameError says that a list cannot carry a name. The entry was not written,
// not even in part, and the Writer goes on with the next.
type NameError struct {
	Name    string
	Fault   string // what is wrong with it, as in "a newline"
	Format  Format
	Carried []Format // the forms that can carry the entry; empty when none can
}

// Error quotes the name, so that it can be printed on a terminal.
func (e *NameError) Error() string { return "name " + quoted(e.Name) + ": " + e.Reason() }

// Reason is the error without the name, for whoever has said it.
func (e *NameError) Reason() string {
	text := fmt.Sprintf("%s cannot carry %s", e.Format, e.Fault)
	if len(e.Carried) == 0 {
		return text + "; no format can"
	}
	able := make([]string, len(e.Carried))
	for i, f := range e.Carried {
		able[i] = f.String()
	}
	return text + "; use " + strings.Join(able, ", ")
}

// quotedMost is enough to recognise a name by. The rest of a long one, or of
// binary garbage, would only fill the terminal.
const quotedMost = 128

func quoted[T string | []byte](name T) string {
	if len(name) > quotedMost {
		return strconv.Quote(string(name[:quotedMost])) + "…"
	}
	return strconv.Quote(string(name))
}

// nameFault tells what in name the form cannot carry; nothing when it can. The
// length is judged once the line is built.
func nameFault(name string, f Format) string {
	switch {
	case name == "":
		return "an empty name"
	case strings.IndexByte(name, 0) >= 0:
		return "a NUL byte"
	case f == Hashdeep && strings.IndexByte(name, '\n') >= 0:
		return "a newline"
	case f == Hashdeep && strings.IndexByte(name, '\r') >= 0:
		return "a carriage return"
	default:
		return ""
	}
}

// carriers returns the forms that can carry the entry as it is.
func carriers(e Entry) []Format {
	var able []Format
	for i := range formatNames {
		f := Format(i)
		if nameFault(e.Name, f) != "" || (f == GNU && len(e.Sums) > 1) || (f == Hashdeep && e.Size < 0) {
			continue
		}
		if _, longest := appendEntry(nil, e, f, false); longest <= MaxLine {
			able = append(able, f)
		}
	}
	return able
}

// appendEscaped writes name with a backslash, newline and carriage return as
// \\, \n and \r. Every other byte stays as it is.
func appendEscaped(line []byte, name string) []byte {
	for i := range len(name) {
		switch c := name[i]; c {
		case '\\':
			line = append(line, '\\', '\\')
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		default:
			line = append(line, c)
		}
	}
	return line
}

// needsEscape asks byte by byte: strings.ContainsAny builds a set on every call,
// which took a sixth of a line's time.
func needsEscape(name string) bool {
	return strings.IndexByte(name, '\\') >= 0 || strings.IndexByte(name, '\n') >= 0 || strings.IndexByte(name, '\r') >= 0
}

var errHalfEscape = errors.New(`name ends in half an escape; expected \\, \n or \r`)

// unescape undoes appendEscaped in place. It is strict: an escape that no
// writer makes would otherwise name a file that nobody meant.
func unescape(name []byte) ([]byte, error) {
	plain := name[:0]
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '\\' {
			i++
			if i == len(name) {
				return nil, errHalfEscape
			}
			switch name[i] {
			case '\\':
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			default:
				return nil, fmt.Errorf(`escape %s in the name; only \\, \n and \r are known`, quoted(name[i-1:i+1]))
			}
		}
		plain = append(plain, c)
	}
	return plain, nil
}
