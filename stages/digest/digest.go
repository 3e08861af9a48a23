package digest

import (
	"crypto/md5"  //nolint:gosec // lists hold MD5; its documentation here says what it is not good for
	"crypto/sha1" //nolint:gosec // as MD5
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/crypto/blake2b"
)

// Digest is a running digest. Write never fails. A Digest is for one goroutine at a time.
//
// MarshalBinary returns the state after the bytes written so far; a Digest of the same algorithm that
// restores it with UnmarshalBinary goes on from there as if it had seen those bytes, in another process, on
// another machine. UnmarshalBinary refuses a state that is damaged, of another algorithm or of another
// version, and then leaves the Digest as it was.
type Digest interface {
	hash.Hash
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// New returns a Digest of the algorithm that has seen no data. It panics when a is no algorithm.
func (a Algorithm) New() Digest {
	switch a {
	case BLAKE3:
		return new(blake3Digest)
	case XXH3, XXH128:
		return newXXH3(a)
	default:
		return &library{resumable: newLibrary(a), algorithm: a}
	}
}

// resumable is what the libraries' hashes are.
type resumable interface {
	hash.Hash
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// library is a library's hash whose state is sealed.
type library struct {
	resumable
	algorithm Algorithm
}

func newLibrary(a Algorithm) resumable {
	var h hash.Hash
	switch a {
	case SHA256:
		h = sha256.New()
	case SHA512:
		h = sha512.New()
	case SHA1:
		h = sha1.New() //nolint:gosec // as its import
	case MD5:
		h = md5.New() //nolint:gosec // as its import
	case SHA3:
		h = sha3.New256()
	case BLAKE2b:
		h, _ = blake2b.New512(nil) // fails for a key only
	case BLAKE2b256:
		h, _ = blake2b.New256(nil)
	case XXH64:
		h = xxhash.New()
	case CRC32C:
		h = crc32.New(castagnoli)
	default:
		panic("digest: New of " + a.String())
	}
	return h.(resumable)
}

// MarshalBinary returns the sealed state.
func (l *library) MarshalBinary() ([]byte, error) {
	state, err := l.resumable.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("save %v state: %w", l.algorithm, err)
	}
	return seal(append(sealed(l.algorithm.String()), state...)), nil
}

// UnmarshalBinary restores a sealed state. It tries it on another hash first: not every library checks what
// it reads (x/crypto's blake2b accepts any size and offset, then panics or gives a digest of another
// length), and a refused state must leave this one as it was.
func (l *library) UnmarshalBinary(state []byte) error {
	inner, err := open(l.algorithm.String(), state)
	if err != nil {
		return err
	}
	if err := try(newLibrary(l.algorithm), inner); err != nil {
		return badState(l.algorithm.String(), err)
	}
	return l.resumable.UnmarshalBinary(inner)
}

// try restores a state to h and uses it, and returns what goes wrong, panics included.
func try(h resumable, state []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the library panics on it: %v", v)
		}
	}()
	size := h.Size()
	if err := h.UnmarshalBinary(state); err != nil {
		return err
	}
	if h.Size() != size {
		return errors.New("it is of another digest's size")
	}
	_, err = h.Write(make([]byte, 1))
	h.Sum(nil)
	return err
}
