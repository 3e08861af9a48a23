package digest_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
)

func state(t require.TestingT, a digest.Algorithm, size int) []byte {
	d := a.New()
	write(t, d, counted(size))
	b, err := d.MarshalBinary()
	require.NoError(t, err)
	return b
}

// A refused state leaves the digest as it was.
func refused(t *testing.T, a digest.Algorithm, saved []byte, want string) {
	t.Helper()
	d := a.New()
	write(t, d, counted(1500))
	require.ErrorContains(t, d.UnmarshalBinary(saved), "restore "+a.String()+" state: "+want)
	write(t, d, counted(1500))
	require.Equal(t, sum(t, a, append(counted(1500), counted(1500)...)), d.Sum(nil), a)
}

func TestForeignStateIsRefused(t *testing.T) {
	for _, a := range digest.All() {
		for _, b := range digest.All() {
			if a != b {
				refused(t, a, state(t, b, 5000), "it is a state of \""+b.String()+"\"")
			}
		}
		refused(t, a, nil, "not a saved state")
		refused(t, a, []byte("PSDG"), "not a saved state")
		refused(t, a, []byte("sha\x03 is what crypto/sha256 writes"), "not a saved state")
	}
}

func TestStateOfAnotherVersionIsRefused(t *testing.T) {
	for _, a := range digest.All() {
		saved := state(t, a, 5000)
		saved[4] = 2
		refused(t, a, saved, "version 2 is not 1")
	}
}

func TestDamagedStateIsRefused(t *testing.T) {
	for _, a := range digest.All() {
		whole := state(t, a, 5000)
		for n := range whole {
			d := a.New()
			require.Error(t, d.UnmarshalBinary(whole[:n]), "%v cut to %d bytes", a, n)
			damaged := bytes.Clone(whole)
			damaged[n] ^= 1 << (n % 8)
			require.Error(t, d.UnmarshalBinary(damaged), "%v with byte %d changed", a, n)
		}
		refused(t, a, append(bytes.Clone(whole), 0), "damaged: its checksum differs")
	}
}

// The seal is right and what it holds is not: written by a program with a fault.
func TestImpossibleStateIsRefused(t *testing.T) {
	zeros := func(n int) string { return string(make([]byte, n)) }
	chunks := func(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }
	blake2b := func(size, offset byte) string {
		return "b2b" + zeros(80) + string([]byte{size}) + zeros(128) + string([]byte{offset})
	}
	rows := []struct {
		a           digest.Algorithm
		inner, want string
	}{
		{digest.SHA256, "", "crypto/sha256: invalid hash state identifier"},
		{digest.BLAKE2b, blake2b(64, 200), "the library panics on it"},
		{digest.BLAKE2b, "b2b" + zeros(80) + "\x20" + zeros(129), "it is of another digest's size"},
		{digest.XXH3, zeros(135), "wrong length"},
		{digest.XXH3, zeros(136 + 1025), "wrong length"},
		{digest.XXH128, chunks(1) + zeros(128), "the last block is missing"},
		{digest.BLAKE3, zeros(7), "its count of chunks is cut short"},
		{digest.BLAKE3, zeros(8), "its values are cut short"},
		{digest.BLAKE3, chunks(1<<53) + zeros(33), "its count of chunks is too large"},
		{digest.BLAKE3, chunks(1) + zeros(32), "its values are cut short"},
		{digest.BLAKE3, chunks(1) + zeros(33), "its last chunk has a wrong length"},
		{digest.BLAKE3, zeros(9 + 1025), "its last chunk has a wrong length"},
		{digest.BLAKE3, chunks(15) + zeros(4*32+1+1024), "its last group is whole and not held"},
		{digest.BLAKE3, zeros(8) + "\x03" + zeros(64), "its last subtree has an impossible height"},
		{digest.BLAKE3, zeros(8) + "\x35" + zeros(64), "its last subtree has an impossible height"},
		{digest.BLAKE3, chunks(16) + zeros(32) + "\x05" + zeros(64), "its last subtree has an impossible height"},
		{digest.BLAKE3, zeros(8) + "\x04" + zeros(63), "its last subtree has a wrong length"},
	}
	for _, row := range rows {
		refused(t, row.a, digest.Seal(row.a.String(), []byte(row.inner)), row.want)
	}
	refused(t, digest.MD5, digest.Seal("md5"+zeros(200), nil)[:20], "damaged")
}

// No input makes a digest panic, wait or fill memory, sealed well or not; and a digest that takes a state
// goes on, saves it and restores it.
func FuzzUnmarshalBinary(f *testing.F) {
	for i, a := range digest.All() {
		for _, size := range []int{0, 1, 5000, 16 << 10} {
			saved := state(f, a, size)
			f.Add(byte(i), saved)
			header := 6 + len(a.String())
			f.Add(byte(i), saved[header:len(saved)-4])
		}
	}
	set := digest.NewSet(digest.SHA256, digest.BLAKE3)
	saved, err := set.MarshalBinary()
	require.NoError(f, err)
	f.Add(byte(len(digest.All())), saved)
	f.Add(byte(len(digest.All())), saved[9:len(saved)-4])

	f.Fuzz(func(t *testing.T, which byte, in []byte) {
		if int(which) >= len(digest.All()) {
			s := digest.NewSet(digest.SHA256, digest.BLAKE3)
			for _, saved := range [][]byte{in, digest.Seal("set", in)} {
				if s.UnmarshalBinary(saved) == nil {
					writeSet(t, s, counted(70_000))
					require.Len(t, s.AppendSums(nil), 64)
				}
			}
			return
		}
		a := digest.All()[which]
		for _, saved := range [][]byte{in, digest.Seal(a.String(), in)} {
			d := a.New()
			if d.UnmarshalBinary(saved) != nil {
				require.Equal(t, a.New().Sum(nil), d.Sum(nil))
				continue
			}
			write(t, d, counted(20_000))
			require.Len(t, d.Sum(nil), a.Size())
			require.Equal(t, d.Sum(nil), reborn(t, a, d).Sum(nil))
		}
	})
}

func TestLengthsInAStateAllocateNothing(t *testing.T) {
	saved := digest.Seal("set", []byte("\xff\xff\xff\xff and so on"))
	s := digest.NewSet(digest.SHA256)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.Error(t, s.UnmarshalBinary(saved))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
