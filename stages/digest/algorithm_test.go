package digest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
)

func TestParseReadsEverySpelling(t *testing.T) {
	spellings := map[digest.Algorithm][]string{
		digest.SHA256:     {"sha256", "SHA256", "sha-256", "SHA-256", "Sha_256", "SHA2-256"},
		digest.SHA512:     {"sha512", "SHA512", "sha-512", "SHA2-512"},
		digest.SHA1:       {"sha1", "SHA1", "SHA-1"},
		digest.MD5:        {"md5", "MD5", "Md-5"},
		digest.SHA3:       {"sha3-256", "SHA3-256", "sha3_256", "SHA3256"},
		digest.BLAKE2b:    {"blake2b", "BLAKE2b", "BLAKE2B", "BLAKE2b-512", "b2", "b2sum"},
		digest.BLAKE2b256: {"blake2b-256", "BLAKE2b-256", "BLAKE2B256"},
		digest.BLAKE3:     {"blake3", "BLAKE3", "b3", "b3sum", "blake3-256"},
		digest.XXH3:       {"xxh3", "XXH3", "XXH3_64bits", "xxh3-64"},
		digest.XXH128:     {"xxh128", "XXH128", "XXH3_128bits", "xxh3-128"},
		digest.XXH64:      {"xxh64", "XXH64", "xxhash64"},
		digest.CRC32C:     {"crc32c", "CRC32C", "crc-32c", "Castagnoli"},
	}
	for _, a := range digest.All() {
		require.NotEmpty(t, spellings[a], "%v has no row", a)
		for _, name := range spellings[a] {
			got, err := digest.Parse(name)
			require.NoError(t, err)
			require.Equal(t, a, got, name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	// "\u212a" is the Kelvin sign, whose lower case in Unicode is k.
	for _, name := range []string{"", "-", "sha", "sha257", "sha3", "sha512/256", "crc32", "xxhash", "xxh32", "md5 ", "bla\u212ae3", "sha256\n"} {
		a, err := digest.Parse(name)
		require.ErrorContains(t, err, fmt.Sprintf("unknown digest %q", name))
		require.ErrorContains(t, err, "sha256, sha512, sha1, md5, sha3-256, blake2b, blake2b-256, blake3, xxh3, xxh128, xxh64, crc32c")
		require.Zero(t, a)
	}
}

func TestNameTagAndSize(t *testing.T) {
	rows := []struct {
		a         digest.Algorithm
		name, tag string
		size      int
	}{
		{digest.SHA256, "sha256", "SHA256", 32},
		{digest.SHA512, "sha512", "SHA512", 64},
		{digest.SHA1, "sha1", "SHA1", 20},
		{digest.MD5, "md5", "MD5", 16},
		{digest.SHA3, "sha3-256", "SHA3-256", 32},
		{digest.BLAKE2b, "blake2b", "BLAKE2b", 64},
		{digest.BLAKE2b256, "blake2b-256", "BLAKE2b-256", 32},
		{digest.BLAKE3, "blake3", "BLAKE3", 32},
		{digest.XXH3, "xxh3", "XXH3", 8},
		{digest.XXH128, "xxh128", "XXH128", 16},
		{digest.XXH64, "xxh64", "XXH64", 8},
		{digest.CRC32C, "crc32c", "CRC32C", 4},
	}
	require.Len(t, digest.All(), len(rows))
	for i, row := range rows {
		require.Equal(t, row.a, digest.All()[i])
		require.Equal(t, row.name, row.a.String())
		require.Equal(t, row.tag, row.a.Tag())
		require.Equal(t, row.size, row.a.Size())
		require.Equal(t, row.size, row.a.New().Size())
		require.Len(t, row.a.New().Sum(nil), row.size)
	}
}

func TestBySize(t *testing.T) {
	require.Equal(t, []digest.Algorithm{digest.SHA256, digest.BLAKE3, digest.SHA3, digest.BLAKE2b256}, digest.BySize(32))
	require.Equal(t, []digest.Algorithm{digest.SHA512, digest.BLAKE2b}, digest.BySize(64))
	require.Equal(t, []digest.Algorithm{digest.SHA1}, digest.BySize(20))
	require.Equal(t, []digest.Algorithm{digest.MD5, digest.XXH128}, digest.BySize(16))
	require.Equal(t, []digest.Algorithm{digest.XXH3, digest.XXH64}, digest.BySize(8))
	require.Equal(t, []digest.Algorithm{digest.CRC32C}, digest.BySize(4))
	for _, n := range []int{-1, 0, 1, 31, 33, 65} {
		require.Empty(t, digest.BySize(n), n)
	}
	for _, a := range digest.All() {
		require.Contains(t, digest.BySize(a.Size()), a)
	}
}

func TestParseSet(t *testing.T) {
	set, err := digest.ParseSet("blake3, SHA-256,b3,sha256 ,md5")
	require.NoError(t, err)
	require.Equal(t, []digest.Algorithm{digest.BLAKE3, digest.SHA256, digest.MD5}, set)
	for _, list := range []string{"", " ", ",", "sha256,", ",sha256", "sha256,,md5", "sha256;md5"} {
		_, err := digest.ParseSet(list)
		require.ErrorContains(t, err, "unknown digest", list)
	}
}

func TestZeroIsNoAlgorithm(t *testing.T) {
	for _, a := range []digest.Algorithm{0, 200} {
		require.Zero(t, a.Size())
		require.True(t, strings.HasPrefix(a.String(), "Algorithm("))
		require.Equal(t, a.String(), a.Tag())
		require.PanicsWithValue(t, "digest: New of "+a.String(), func() { a.New() })
		_, err := a.MarshalText()
		require.Error(t, err)
	}
}

func TestAlgorithmInJSON(t *testing.T) {
	text, err := json.Marshal(map[string]any{"digests": digest.All()[:2]})
	require.NoError(t, err)
	require.JSONEq(t, `{"digests":["sha256","sha512"]}`, string(text))

	var back struct{ Digest digest.Algorithm }
	require.NoError(t, json.Unmarshal([]byte(`{"Digest":"SHA3-256"}`), &back))
	require.Equal(t, digest.SHA3, back.Digest)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"Digest":"sha0"}`), &back), `unknown digest "sha0"`)
	require.Equal(t, digest.SHA3, back.Digest, "a refused name changes nothing")
}
