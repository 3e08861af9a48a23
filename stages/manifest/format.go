package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
)

// Format is a form of checksum list. The zero value is GNU.
type Format uint8

// The forms, in the order in which they are named to people.
const (
	GNU      Format = iota // HEX␠␠name, what sha256sum writes; one digest a file
	BSD                    // SHA256 (name) = HEX, what sha256sum --tag writes
	Hashdeep               // size,HEX,HEX,name beneath a header
	JSON                   // one object a line
)

var formatNames = [...]string{GNU: "gnu", BSD: "bsd", Hashdeep: "hashdeep", JSON: "json"}

// plain are the digests that have a program of their own which reads their GNU
// lines, and writes them.
var plain = []digest.Algorithm{
	digest.MD5, digest.SHA1, digest.SHA256, digest.SHA512, digest.BLAKE2b, // md5sum and so on, b2sum
	digest.BLAKE3, // b3sum, of which older ones read nothing else
}

// FormatFor returns the form for lists of these digests where nobody asks for one:
// GNU for one that has a program like sha256sum, and BSD for several and for all
// others. A GNU line does not name its digest, and without such a program it would
// be taken for one of another digest of the same length.
func FormatFor(algorithms ...digest.Algorithm) Format {
	if len(algorithms) == 1 && slices.Contains(plain, algorithms[0]) {
		return GNU
	}
	return BSD
}

// ParseFormat returns the form of that name, in any case; its error lists the
// names.
func ParseFormat(name string) (Format, error) {
	for i, known := range formatNames {
		if strings.EqualFold(name, known) {
			return Format(i), nil
		}
	}
	return 0, fmt.Errorf("unknown format %q: use one of %s", name, strings.Join(formatNames[:], ", "))
}

// String returns the name that ParseFormat reads, as in "gnu".
func (f Format) String() string {
	if !f.known() {
		return "Format(" + strconv.Itoa(int(f)) + ")"
	}
	return formatNames[f]
}

func (f Format) known() bool { return int(f) < len(formatNames) }
