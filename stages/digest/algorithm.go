package digest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Algorithm names one way to compute a digest. The zero value names none: it is no algorithm, has size 0,
// and New refuses it.
type Algorithm uint8

// The algorithms, most usual first. The numbers are not stable: keep names (String), never numbers.
const (
	SHA256     Algorithm = iota + 1 // SHA-256, FIPS 180-4
	SHA512                          // SHA-512, FIPS 180-4
	SHA1                            // SHA-1, FIPS 180-4: broken against an attacker, still what many lists hold
	MD5                             // MD5, RFC 1321: broken against an attacker, as SHA1
	SHA3                            // SHA3-256, FIPS 202
	BLAKE2b                         // BLAKE2b with 64 bytes, RFC 7693: what b2sum prints
	BLAKE2b256                      // BLAKE2b with 32 bytes
	BLAKE3                          // BLAKE3 with 32 bytes: what b3sum prints
	XXH3                            // XXH3 with 64 bits, seed 0: against accidents only
	XXH128                          // XXH3 with 128 bits, seed 0: against accidents only
	XXH64                           // XXH64, seed 0: against accidents only
	CRC32C                          // CRC-32 with Castagnoli's polynomial, RFC 3720: against accidents only
)

// traits is what is known of one algorithm.
type traits struct {
	name string // flag spelling
	tag  string // spelling in BSD checksum lists
	size int    // bytes of a digest
	cost int    // ns for 1 KiB, by BenchmarkWrite on amd64 with SHA-NI and AVX2; only proportions matter
}

// table is indexed by Algorithm; its first row is the zero value's.
var table = [...]traits{
	SHA256:     {"sha256", "SHA256", 32, 660},
	SHA512:     {"sha512", "SHA512", 64, 1500},
	SHA1:       {"sha1", "SHA1", 20, 610},
	MD5:        {"md5", "MD5", 16, 1390},
	SHA3:       {"sha3-256", "SHA3-256", 32, 2600},
	BLAKE2b:    {"blake2b", "BLAKE2b", 64, 1260},
	BLAKE2b256: {"blake2b-256", "BLAKE2b-256", 32, 1260},
	BLAKE3:     {"blake3", "BLAKE3", 32, 440},
	XXH3:       {"xxh3", "XXH3", 8, 130},
	XXH128:     {"xxh128", "XXH128", 16, 130},
	XXH64:      {"xxh64", "XXH64", 8, 90},
	CRC32C:     {"crc32c", "CRC32C", 4, 45},
}

// synonyms are the spellings, folded, that other tools use and that are not ours already: openssl writes
// SHA2-256 and BLAKE2B-512, xxHash's own documentation XXH3_64bits, coreutils and b3sum name by command.
// Names that could mean two of ours (sha, xxhash) or none (crc32 has another polynomial) are left out.
var synonyms = map[string]Algorithm{
	"sha2256":     SHA256,
	"sha2512":     SHA512,
	"b2":          BLAKE2b,
	"b2sum":       BLAKE2b,
	"blake2b512":  BLAKE2b,
	"b3":          BLAKE3,
	"b3sum":       BLAKE3,
	"blake3256":   BLAKE3,
	"xxh364":      XXH3,
	"xxh364bits":  XXH3,
	"xxh3128":     XXH128,
	"xxh3128bits": XXH128,
	"xxhash64":    XXH64,
	"xxhash128":   XXH128,
	"castagnoli":  CRC32C,
}

// candidates orders, for BySize, the algorithms by how likely a bare digest of their size is theirs.
var candidates = [...]Algorithm{SHA256, SHA512, SHA1, MD5, BLAKE3, BLAKE2b, SHA3, BLAKE2b256, XXH3, XXH64, XXH128, CRC32C}

// All returns every algorithm, most usual first, in an order that does not change.
func All() []Algorithm {
	all := make([]Algorithm, 0, len(table)-1)
	for i := range table[1:] {
		all = append(all, Algorithm(i+1))
	}
	return all
}

// BySize returns the algorithms whose digests have n bytes, most usual first: what a checksum list that
// does not name its algorithm may hold. It is empty when no algorithm has that size.
func BySize(n int) []Algorithm {
	var fit []Algorithm
	for _, a := range candidates {
		if a.Size() == n {
			fit = append(fit, a)
		}
	}
	return fit
}

// Parse returns the algorithm of that name: its flag spelling, its tag in a BSD list, or a usual synonym.
// Case, hyphens and underscores do not count: sha256, SHA-256 and Sha_256 are one.
func Parse(name string) (Algorithm, error) {
	folded := fold(name)
	for i, t := range table[1:] {
		if folded == fold(t.name) {
			return Algorithm(i + 1), nil
		}
	}
	if a, ok := synonyms[folded]; ok {
		return a, nil
	}
	return 0, fmt.Errorf("unknown digest %q: use one of %s", name, strings.Join(names(), ", "))
}

// ParseSet returns the algorithms of a comma-separated list, in the list's order, each once: a second
// mention, under whatever spelling, adds nothing. Spaces around a name do not count; an empty list, and an
// empty name in it, are errors.
func ParseSet(list string) ([]Algorithm, error) {
	var set []Algorithm
	for name := range strings.SplitSeq(list, ",") {
		a, err := Parse(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(set, a) {
			set = append(set, a)
		}
	}
	return set, nil
}

// String returns the flag spelling, which Parse reads back, as in "sha256".
func (a Algorithm) String() string {
	if !a.known() {
		return "Algorithm(" + strconv.Itoa(int(a)) + ")"
	}
	return table[a].name
}

// Tag returns the name that stands in a BSD checksum list, as in "SHA256"; Parse reads it too.
func (a Algorithm) Tag() string {
	if !a.known() {
		return a.String()
	}
	return table[a].tag
}

// Size returns the number of bytes in a digest, 0 for what is no algorithm.
func (a Algorithm) Size() int {
	if !a.known() {
		return 0
	}
	return table[a].size
}

// MarshalText returns the flag spelling, so that JSON and flags hold names.
func (a Algorithm) MarshalText() ([]byte, error) {
	if !a.known() {
		return nil, fmt.Errorf("name digest: %v is none", a)
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what Parse reads.
func (a *Algorithm) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

func (a Algorithm) cost() int { return table[a].cost }

func (a Algorithm) known() bool { return a > 0 && int(a) < len(table) }

// fold maps spellings of one name to one string. Only ASCII is folded: Unicode's lower case of the Kelvin
// sign is k, and such a name is nobody's.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == '_':
			return -1
		case 'A' <= r && r <= 'Z':
			return r + ('a' - 'A')
		default:
			return r
		}
	}, name)
}

func names() []string {
	var list []string
	for _, a := range All() {
		list = append(list, a.String())
	}
	return list
}
