package digest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"lukechampine.com/blake3"

	"github.com/penstock-go/penstock/stages/digest"
)

// Saved and restored at every byte around the edges of chunks and groups.
func TestBLAKE3RestoredAtEveryByte(t *testing.T) {
	p := counted(2*digest.MinSubtree + 3000)
	want := blake3.Sum256(p)
	for at := range len(p) + 1 {
		if edge := (at + 2) % 1024; edge > 4 {
			continue
		}
		d := digest.BLAKE3.New()
		write(t, d, p[:at])
		d = reborn(t, digest.BLAKE3, d)
		write(t, d, p[at:])
		require.Equal(t, want[:], d.Sum(nil), "cut at %d", at)
	}
}

// One length of data has one state, so that a state can be compared, and is small: a chunk at most, and the
// values.
func TestBLAKE3StateDependsOnTheDataOnly(t *testing.T) {
	for _, size := range append(boundaries(), 12<<10+512, 13<<10, 5<<20+1) {
		p := counted(size)
		want := state(t, digest.BLAKE3, size)
		require.LessOrEqual(t, len(want), 1024+14*32+64)
		for _, step := range []int{1000, 1 << 10, 10_000, 16 << 10, 100_000} {
			d := digest.BLAKE3.New()
			for rest := p; len(rest) > 0; rest = rest[min(step, len(rest)):] {
				write(t, d, rest[:min(step, len(rest))])
			}
			got, err := reborn(t, digest.BLAKE3, d).MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, want, got, "%d bytes in steps of %d", size, step)
		}
	}
}
