package digest_test

import (
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"lukechampine.com/blake3"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages/digest"
)

func tree(t require.TestingT, d digest.Digest) digest.Tree {
	tree, ok := d.(digest.Tree)
	require.True(t, ok)
	return tree
}

// join hashes p apart and joins it at that offset.
func join(t require.TestingT, d digest.Digest, offset int, p []byte) {
	s, err := tree(t, d).HashSubtree(int64(offset), p)
	require.NoError(t, err)
	require.NoError(t, tree(t, d).Join(s))
}

func TestOnlyBLAKE3IsATree(t *testing.T) {
	for _, a := range digest.All() {
		_, ok := a.New().(digest.Tree)
		require.Equal(t, a == digest.BLAKE3, ok, a)
	}
}

// One subtree may be the whole data, and so the root; the last of several may be the last of the data; and
// what follows may be shorter or longer.
func TestJoinedIsWritten(t *testing.T) {
	for _, size := range []int{digest.MinSubtree, 2 * digest.MinSubtree, digest.SubtreeSize} {
		for _, subtrees := range []int{1, 2, 3, 4, 5} {
			for _, rest := range []int{0, 1, 1024, digest.MinSubtree - 1, digest.MinSubtree, digest.MinSubtree + 1, size} {
				p := counted(size*subtrees + rest)
				d := digest.BLAKE3.New()
				for i := range subtrees {
					join(t, d, i*size, p[i*size:(i+1)*size])
				}
				write(t, d, p[size*subtrees:])
				want := blake3.Sum256(p)
				require.Equal(t, want[:], d.Sum(nil), "%d of %d bytes, then %d", subtrees, size, rest)
			}
		}
	}
}

func TestJoinedWrittenAndRestoredInAnyMix(t *testing.T) {
	data := counted(4 << 20)
	rapid.Check(t, func(t *rapid.T) {
		p := data[:rapid.IntRange(0, len(data)).Draw(t, "size")]
		d := digest.BLAKE3.New()
		for at := 0; at < len(p); {
			n := piece(t, len(p)-at)
			size := digest.MinSubtree << rapid.IntRange(0, 6).Draw(t, "height")
			switch up := (size - at%size) % size; {
			case up > 0 && rapid.Bool().Draw(t, "align"):
				n = min(up, len(p)-at)
				write(t, d, p[at:at+n])
			case up == 0 && size <= len(p)-at:
				n = size
				join(t, d, at, p[at:at+n])
			default:
				write(t, d, p[at:at+n])
			}
			at += n
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

func TestHashSubtreeRefuses(t *testing.T) {
	d := tree(t, digest.BLAKE3.New())
	rows := []struct {
		offset int64
		size   int
		want   string
	}{
		{0, 0, "length 0 is not a power of two from 16384 on"},
		{0, 1024, "length 1024 is not a power of two"},
		{0, digest.MinSubtree - 1, "length 16383 is not a power of two"},
		{0, digest.MinSubtree + 1, "length 16385 is not a power of two"},
		{0, 3 * digest.MinSubtree, "length 49152 is not a power of two"},
		{-digest.MinSubtree, digest.MinSubtree, "hash subtree at -16384: the offset is not a multiple of its length 16384"},
		{1, digest.MinSubtree, "hash subtree at 1: the offset is not a multiple"},
		{digest.MinSubtree, 2 * digest.MinSubtree, "hash subtree at 16384: the offset is not a multiple of its length 32768"},
	}
	for _, row := range rows {
		s, err := d.HashSubtree(row.offset, counted(row.size))
		require.ErrorContains(t, err, row.want)
		require.ErrorContains(t, d.Join(s), "of no data")
	}
	_, err := d.HashSubtree(math.MaxInt64-digest.MinSubtree+1, counted(digest.MinSubtree))
	require.NoError(t, err, "the last subtree that an offset can name")
}

func TestJoinRefusesWhatDoesNotFollow(t *testing.T) {
	p := counted(4 * digest.MinSubtree)
	at := func(i int) digest.Subtree {
		s, err := tree(t, digest.BLAKE3.New()).HashSubtree(int64(i*digest.MinSubtree), p[i*digest.MinSubtree:(i+1)*digest.MinSubtree])
		require.NoError(t, err)
		return s
	}
	d := digest.BLAKE3.New()
	require.ErrorContains(t, tree(t, d).Join(at(1)), "join subtree at 16384: the data so far ends at 0")
	require.NoError(t, tree(t, d).Join(at(0)))
	require.ErrorContains(t, tree(t, d).Join(at(0)), "join subtree at 0: the data so far ends at 16384")
	require.ErrorContains(t, tree(t, d).Join(at(2)), "join subtree at 32768: the data so far ends at 16384")
	write(t, d, p[digest.MinSubtree:digest.MinSubtree+5000])
	require.ErrorContains(t, tree(t, d).Join(at(1)), "join subtree at 16384: the data so far ends at 21384")
	d = reborn(t, digest.BLAKE3, d)
	require.ErrorContains(t, tree(t, d).Join(at(2)), "the data so far ends at 21384")
	write(t, d, p[digest.MinSubtree+5000:2*digest.MinSubtree])
	require.NoError(t, tree(t, d).Join(at(2)))
	require.NoError(t, tree(t, d).Join(at(3)))
	want := blake3.Sum256(p)
	require.Equal(t, want[:], d.Sum(nil), "what was refused changed nothing")
}

// Subtrees are hashed on many goroutines while another writes and joins: the race detector sees nothing.
func TestHashSubtreeBesideEverything(t *testing.T) {
	const size, count = digest.MinSubtree, 64
	p := counted(count * size)
	d := digest.BLAKE3.New()
	subtrees := make([]chan digest.Subtree, count)
	for i := range subtrees {
		subtrees[i] = make(chan digest.Subtree, 1) // a worker never waits for the joiner
	}
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			for i := w; i < count; i += 4 {
				s, err := tree(t, d).HashSubtree(int64(i*size), p[i*size:(i+1)*size])
				if err != nil {
					panic(err)
				}
				subtrees[i] <- s
			}
		})
	}
	for i, ready := range subtrees {
		if s := <-ready; i%3 == 0 {
			write(t, d, p[i*size:(i+1)*size])
		} else {
			require.NoError(t, tree(t, d).Join(s))
		}
		d.Sum(nil)
	}
	workers.Wait()
	want := blake3.Sum256(p)
	require.Equal(t, want[:], d.Sum(nil))
}

func TestTreeAllocatesNothing(t *testing.T) {
	d := digest.BLAKE3.New()
	branch, p := tree(t, d), counted(digest.SubtreeSize)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		d.Reset()
		for i := range int64(3) {
			s, _ := branch.HashSubtree(i*digest.SubtreeSize, p)
			_ = branch.Join(s)
		}
	}))
}
