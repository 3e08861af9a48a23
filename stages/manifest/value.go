package manifest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
)

// maxDigest is the most bytes a digest has, SHA-512's.
const maxDigest = 64

// decode reads a digest in hex, of either case, or in base64, and checks its
// length against the algorithm, or against all of them when want is zero. No
// digest that we know has a length that is a multiple of three, so that base64
// always ends in =, and hex never does.
func (r *Reader) decode(text []byte, want digest.Algorithm) ([]byte, error) {
	if bytes.HasSuffix(text, []byte("=")) {
		return r.decodeBase64(text, want)
	}
	if len(text)%2 == 0 && r.fits(len(text)/2, want) {
		value := make([]byte, len(text)/2)
		if _, err := hex.Decode(value, text); err == nil {
			return value, nil
		}
	}
	if i := wrongDigit(text); i >= 0 {
		return nil, fmt.Errorf("digest holds %s, which is no hex digit; expected 0 to 9 and a to f", quoted(text[i:i+1]))
	}
	return nil, lengthFault(len(text), "hex digits", want, hex.EncodedLen)
}

func (r *Reader) decodeBase64(text []byte, want digest.Algorithm) ([]byte, error) {
	var value [maxDigest + 2]byte // what base64 of maxDigest bytes decodes to at most
	if base64.StdEncoding.DecodedLen(len(text)) > len(value) {
		return nil, lengthFault(len(text), "base64 digits", want, base64.StdEncoding.EncodedLen)
	}
	n, err := base64.StdEncoding.Strict().Decode(value[:], text)
	if err != nil {
		return nil, fmt.Errorf("digest %s is not base64; expected hex or base64", quoted(text))
	}
	if !r.fits(n, want) {
		return nil, lengthFault(n, "bytes in base64", want, func(size int) int { return size })
	}
	return bytes.Clone(value[:n]), nil
}

func (r *Reader) fits(size int, want digest.Algorithm) bool {
	if want != 0 {
		return size == want.Size()
	}
	return size <= maxDigest && r.bySize[size] != nil
}

// lengthFault says how long a digest is and how long it should be; in tells the
// length of so many bytes in the unit.
func lengthFault(n int, unit string, want digest.Algorithm, in func(size int) int) error {
	if want != 0 {
		return fmt.Errorf("digest of %d %s; %s has %d", n, unit, want, in(want.Size()))
	}
	var lengths []string
	for size := range maxDigest + 1 {
		if digest.BySize(size) != nil {
			lengths = append(lengths, strconv.Itoa(in(size)))
		}
	}
	return fmt.Errorf("digest of %d %s; no algorithm has that many: expected %s", n, unit, strings.Join(lengths, ", "))
}

// wrongDigit returns where text first is no hex, -1 when it is throughout.
func wrongDigit(text []byte) int {
	for i, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return i
		}
	}
	return -1
}
