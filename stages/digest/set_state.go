package digest

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const setName = "set"

// MarshalBinary returns the state of all digests: each sealed state in the set's order, behind its length
// (4 bytes, big endian).
func (s *Set) MarshalBinary() ([]byte, error) {
	b := sealed(setName)
	for _, m := range s.members {
		state, err := m.digest.MarshalBinary()
		if err != nil {
			return nil, err
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(state))) //nolint:gosec // a state has at most 2 KiB
		b = append(b, state...)
	}
	return seal(b), nil
}

// UnmarshalBinary restores what MarshalBinary returned for a set of the same algorithms in the same order.
// It refuses anything else, and then leaves every digest as it was.
func (s *Set) UnmarshalBinary(state []byte) error {
	in, err := open(setName, state)
	if err != nil {
		return err
	}
	states := make([][]byte, len(s.members))
	for i, m := range s.members {
		if states[i], in, err = cut(in); err != nil {
			return badState(setName, fmt.Errorf("%v: %w", m.algorithm, err))
		}
		// On another digest first: when a later one is refused, this one must not have changed.
		if err := m.algorithm.New().UnmarshalBinary(states[i]); err != nil {
			return err
		}
	}
	if len(in) > 0 {
		return badState(setName, errors.New("it has more digests than this set"))
	}
	for i, m := range s.members {
		if err := m.digest.UnmarshalBinary(states[i]); err != nil {
			return badState(setName, err)
		}
	}
	return nil
}

// cut returns the first state of a list and the rest.
func cut(in []byte) (state, rest []byte, err error) {
	if len(in) == 0 {
		return nil, nil, errors.New("it has fewer digests than this set")
	}
	if len(in) < 4 {
		return nil, nil, errors.New("a length is cut short")
	}
	n := binary.BigEndian.Uint32(in)
	if int64(n) > int64(len(in)-4) {
		return nil, nil, errors.New("a digest's state is cut short")
	}
	return in[4 : 4+n], in[4+n:], nil
}
