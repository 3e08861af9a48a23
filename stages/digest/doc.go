// Package digest computes named digests of a stream, any set of them in one pass over the data, with state
// that can be saved and restored.
//
// Call Parse or ParseSet for what a user names, then NewSet for digests of one stream, or Algorithm.New for
// a single one. Write the data, in pieces of any length, then ask for the sums.
//
// # States
//
// Every Digest, and a Set, saves its state at any byte and goes on from it later, so that a transfer that
// was interrupted reads nothing twice. A saved state names its algorithm and its version and carries a
// checksum; one that is foreign or damaged is refused and never gives a wrong digest. It is no secret and
// no proof: whoever can write it can make any digest come out.
//
// # Parallel work
//
// A Set runs its digests side by side within one Write, where there is enough to do to wake a core. A
// digest of one stream runs in the order of the data, except BLAKE3: it is a Tree, whose aligned subtrees
// may be hashed on any goroutine and are joined in order.
//
// # Limits
//
// MD5 and SHA-1 protect against accidents and no longer against an attacker; XXH3, XXH128, XXH64 and CRC-32C
// never did. There are no keyed digests and no BLAKE3 output of other lengths.
package digest
