package manifest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"

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
		return nil, fmt.Errorf("digest holds %s, which is no hex digit", quoted(text[i:i+1]))
	}
	return nil, lengthFault(len(text), "hex digits", want, 2*want.Size())
}

func (r *Reader) decodeBase64(text []byte, want digest.Algorithm) ([]byte, error) {
	var value [maxDigest + 2]byte // what base64 of maxDigest bytes decodes to at most
	if base64.StdEncoding.DecodedLen(len(text)) > len(value) {
		return nil, lengthFault(len(text), "base64 digits", want, base64.StdEncoding.EncodedLen(want.Size()))
	}
	n, err := base64.StdEncoding.Strict().Decode(value[:], text)
	if err != nil {
		return nil, fmt.Errorf("digest %s is not base64", quoted(text))
	}
	if !r.fits(n, want) {
		return nil, lengthFault(n, "bytes in base64", want, want.Size())
	}
	return bytes.Clone(value[:n]), nil
}

func (r *Reader) fits(size int, want digest.Algorithm) bool {
	if want != 0 {
		return size == want.Size()
	}
	return size <= maxDigest && r.bySize[size] != nil
}

// lengthFault says how long a digest is and how long it should be.
func lengthFault(n int, unit string, want digest.Algorithm, size int) error {
	if want == 0 {
		return fmt.Errorf("digest of %d %s; no algorithm has that many", n, unit)
	}
	return fmt.Errorf("digest of %d %s; %s has %d", n, unit, want, size)
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
