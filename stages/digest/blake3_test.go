package digest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"lukechampine.com/blake3"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages/digest"
)

// boundaries are the lengths at which something changes in one of the algorithms: a block, a BLAKE3 chunk,
// a group of chunks, a subtree, each one less and one more.
func boundaries() []int {
	sizes := []int{0, 1}
	for _, edge := range []int{64, 128, 240, 1 << 10, 2 << 10, 3 << 10, 16 << 10, 32 << 10, 48 << 10, 256 << 10, 512 << 10, 1 << 20} {
		sizes = append(sizes, edge-1, edge, edge+1)
	}
	return sizes
}

// counted returns n bytes that repeat from 0 to 250, the input of BLAKE3's own test vectors.
func counted(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p
}

func write(t require.TestingT, d digest.Digest, p []byte) {
	n, err := d.Write(p)
	require.NoError(t, err)
	require.Equal(t, len(p), n)
}

// reborn returns a new digest with d's state, as after a crash.
func reborn(t require.TestingT, a digest.Algorithm, d digest.Digest) digest.Digest {
	state, err := d.MarshalBinary()
	require.NoError(t, err)
	other := a.New()
	write(t, other, []byte("data that the restored state replaces"))
	require.NoError(t, other.UnmarshalBinary(state))
	return other
}

func TestBLAKE3IsTheLibrarysAtEveryBoundary(t *testing.T) {
	for _, size := range append(boundaries(), 33<<20+1) {
		p := counted(size)
		want := blake3.Sum256(p)
		d := digest.BLAKE3.New()
		write(t, d, p)
		require.Equal(t, want[:], d.Sum(nil), "size %d in one write", size)

		for _, step := range []int{1, 1000, 1 << 10, 4<<10 + 1, 16 << 10, 100_000} {
			if size/step > 100_000 {
				continue
			}
			d.Reset()
			for rest := p; len(rest) > 0; rest = rest[min(step, len(rest)):] {
				write(t, d, rest[:min(step, len(rest))])
			}
			require.Equal(t, want[:], d.Sum(nil), "size %d in steps of %d", size, step)
		}
	}
}

func TestBLAKE3CutJoinedAndRestoredAnywhere(t *testing.T) {
	data := counted(4 << 20)
	rapid.Check(t, func(t *rapid.T) {
		p := data[:rapid.IntRange(0, len(data)).Draw(t, "size")]
		d := digest.BLAKE3.New()
		for at := 0; at < len(p); {
			size := piece(t, len(p)-at)
			if s := digest.MinSubtree << rapid.IntRange(0, 6).Draw(t, "height"); at%s == 0 && s <= len(p)-at {
				sub, err := d.(digest.Tree).HashSubtree(int64(at), p[at:at+s])
				require.NoError(t, err)
				require.NoError(t, d.(digest.Tree).Join(sub))
				size = s
			} else {
				write(t, d, p[at:at+size])
			}
			at += size
			switch rapid.IntRange(0, 7).Draw(t, "then") {
			case 0:
				d = reborn(t, digest.BLAKE3, d)
			case 1:
				want := blake3.Sum256(p[:at])
				require.Equal(t, want[:], d.Sum(nil), "at %d", at)
			}
		}
		want := blake3.Sum256(p)
		require.Equal(t, want[:], d.Sum(nil))
	})
}

// piece draws a length from 1 to n, small ones, whole groups and large ones alike.
func piece(t *rapid.T, n int) int {
	most := rapid.SampledFrom([]int{1, 64, 1 << 10, 16 << 10, 256 << 10, n}).Draw(t, "most")
	if rapid.Bool().Draw(t, "whole") {
		return min(most, n)
	}
	return rapid.IntRange(1, min(most, n)).Draw(t, "piece")
}
