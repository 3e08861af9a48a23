package digest_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
)

func TestSetStateIsRefused(t *testing.T) {
	saved := func(algorithms ...digest.Algorithm) []byte {
		s := digest.NewSet(algorithms...)
		writeSet(t, s, counted(5000))
		b, err := s.MarshalBinary()
		require.NoError(t, err)
		return b
	}
	first := state(t, digest.SHA256, 5000)
	listed := func(length uint32, b []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, length), b...)
	}
	rows := []struct {
		name  string
		state []byte
		want  string
	}{
		{"nothing", nil, "restore set state: not a saved state"},
		{"a digest's", first, `restore set state: it is a state of "sha256"`},
		{"an empty set's", saved(), "restore set state: sha256: it has fewer digests than this set"},
		{"fewer", saved(digest.SHA256), "restore set state: blake3: it has fewer digests than this set"},
		{"more", saved(digest.SHA256, digest.BLAKE3, digest.MD5), "restore set state: it has more digests than this set"},
		{"another order", saved(digest.BLAKE3, digest.SHA256), `restore sha256 state: it is a state of "blake3"`},
		{"another second", saved(digest.SHA256, digest.MD5), `restore blake3 state: it is a state of "md5"`},
		{"half a length", digest.Seal("set", []byte{0, 0, 0}), "restore set state: sha256: a length is cut short"},
		{"a length past the end", digest.Seal("set", listed(uint32(len(first))+1, first)), "restore set state: sha256: a digest's state is cut short"},
		{"the longest length", digest.Seal("set", listed(1<<32-1, first)), "restore set state: sha256: a digest's state is cut short"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := digest.NewSet(digest.SHA256, digest.BLAKE3)
			writeSet(t, s, counted(777))
			require.EqualError(t, s.UnmarshalBinary(row.state), row.want)
			require.Equal(t, sums(t, s.Algorithms(), counted(777)), s.Sums(), "each digest is as it was")
		})
	}
}

// What is joined to the set's tree is in its state, and a Tree taken before goes on after a restore.
func TestSetTreeSurvivesRestore(t *testing.T) {
	p := counted(2 * digest.SubtreeSize)
	s := digest.NewSet(digest.BLAKE3)
	tree, ok := s.Tree()
	require.True(t, ok)
	for i := range 2 {
		at := i * digest.SubtreeSize
		sub, err := tree.HashSubtree(int64(at), p[at:at+digest.SubtreeSize])
		require.NoError(t, err)
		require.NoError(t, tree.Join(sub))
		saved, err := s.MarshalBinary()
		require.NoError(t, err)
		s.Reset()
		require.NoError(t, s.UnmarshalBinary(saved))
	}
	require.Equal(t, sums(t, s.Algorithms(), p), s.Sums())
}
