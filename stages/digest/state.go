package digest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A saved state is sealed: it names what it is a state of, and carries a checksum, so that a foreign or
// damaged one is refused instead of giving a wrong digest long after.
//
//	bytes  what
//	4      "PSDG"
//	1      version of this layout and of the states inside: stateVersion
//	1      n, the length of the name
//	n      the name: an algorithm's, or a set's
//	…      the state itself, as the algorithm writes it
//	4      CRC-32C, big endian, of all that stands before
const (
	stateMagic   = "PSDG"
	stateVersion = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealed begins the sealed state of what has that name; append the state, then seal.
func sealed(name string) []byte {
	b := make([]byte, 0, 256)
	b = append(b, stateMagic...)
	b = append(b, stateVersion, byte(len(name))) //nolint:gosec // names are ours and short
	return append(b, name...)
}

// seal ends what sealed began.
func seal(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// open returns the state inside a sealed one, which must be whole and of that name.
func open(name string, state []byte) ([]byte, error) {
	const header, trailer = len(stateMagic) + 2, crc32.Size
	if len(state) < header+trailer || string(state[:len(stateMagic)]) != stateMagic {
		return nil, badState(name, errors.New("not a saved state"))
	}
	if version := state[len(stateMagic)]; version != stateVersion {
		return nil, badState(name, fmt.Errorf("version %d is not %d, the one this program reads", version, stateVersion))
	}
	body, sum := state[:len(state)-trailer], binary.BigEndian.Uint32(state[len(state)-trailer:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, badState(name, errors.New("damaged: its checksum differs"))
	}
	n := int(body[header-1])
	if len(body) < header+n {
		return nil, badState(name, errors.New("its name is cut short"))
	}
	if got := string(body[header : header+n]); got != name {
		return nil, badState(name, fmt.Errorf("it is a state of %q", got))
	}
	return body[header+n:], nil
}

func badState(name string, why error) error {
	return fmt.Errorf("restore %s state: %w", name, why)
}
