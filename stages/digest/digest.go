package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding"
	"fmt"
	"hash"
	"hash/crc32"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
	"golang.org/x/crypto/blake2b"
	"lukechampine.com/blake3"
)

// Digest is a running digest whose state can be saved and restored.
type Digest interface {
	hash.Hash
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// New returns a Digest of the algorithm that has seen no data. It panics when a is no algorithm.
func (a Algorithm) New() Digest { return &saved{Hash: a.hash()} }

// saved gives a hash.Hash its saved state.
type saved struct{ hash.Hash }

// MarshalBinary returns the state.
func (s *saved) MarshalBinary() ([]byte, error) {
	m, ok := s.Hash.(encoding.BinaryMarshaler)
	if !ok {
		return nil, fmt.Errorf("save digest state: %T cannot", s.Hash)
	}
	return m.MarshalBinary()
}

// UnmarshalBinary restores a state that MarshalBinary returned.
func (s *saved) UnmarshalBinary(state []byte) error {
	m, ok := s.Hash.(encoding.BinaryUnmarshaler)
	if !ok {
		return fmt.Errorf("restore digest state: %T cannot", s.Hash)
	}
	return m.UnmarshalBinary(state)
}

func (a Algorithm) hash() hash.Hash {
	switch a {
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	case SHA1:
		return sha1.New()
	case MD5:
		return md5.New()
	case SHA3:
		return sha3.New256()
	case BLAKE2b:
		h, _ := blake2b.New512(nil)
		return h
	case BLAKE2b256:
		h, _ := blake2b.New256(nil)
		return h
	case BLAKE3:
		return blake3.New(BLAKE3.Size(), nil)
	case XXH3:
		return xxh3.New()
	case XXH128:
		return xxh3.New128()
	case XXH64:
		return xxhash.New()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	default:
		panic("digest: New of " + a.String())
	}
}
