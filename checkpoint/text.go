package checkpoint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text is a string of any bytes that JSON carries unharmed. What is not UTF-8
// stands as %XX, and therefore % itself as %25; encoding/json alone would put the
// same character in place of all such bytes, and two paths would become one.
type text string

const upperHex = "0123456789ABCDEF"

// MarshalText escapes.
func (t text) MarshalText() ([]byte, error) {
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); {
		r, n := utf8.DecodeRuneInString(string(t[i:]))
		if r == utf8.RuneError && n == 1 || r == '%' {
			out = append(out, '%', upperHex[t[i]>>4], upperHex[t[i]&15])
		} else {
			out = append(out, t[i:i+n]...)
		}
		i += n
	}
	return out, nil
}

// UnmarshalText undoes it.
func (t *text) UnmarshalText(escaped []byte) error {
	parts := strings.Split(string(escaped), "%")
	var out strings.Builder
	out.WriteString(parts[0])
	for _, part := range parts[1:] {
		if len(part) < 2 {
			return fmt.Errorf("%q ends in %%", escaped)
		}
		b, err := strconv.ParseUint(part[:2], 16, 8)
		if err != nil {
			return fmt.Errorf("%q after %%: want two digits", part[:2])
		}
		out.WriteByte(byte(b))
		out.WriteString(part[2:])
	}
	*t = text(out.String())
	return nil
}
