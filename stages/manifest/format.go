package manifest

import (
	"fmt"
	"strconv"
	"strings"
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
