package digest_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages/digest"
)

func writeSet(t require.TestingT, s *digest.Set, p []byte) {
	n, err := s.Write(p)
	require.NoError(t, err)
	require.Equal(t, len(p), n)
}

// sums returns the digests of p, each computed alone.
func sums(t require.TestingT, algorithms []digest.Algorithm, p []byte) [][]byte {
	list := make([][]byte, len(algorithms))
	for i, a := range algorithms {
		list[i] = sum(t, a, p)
	}
	return list
}

func TestSetIsItsDigests(t *testing.T) {
	sets := [][]digest.Algorithm{
		{},
		{digest.SHA256},
		{digest.BLAKE3, digest.SHA256},
		{digest.MD5, digest.MD5},
		digest.All(),
	}
	for _, algorithms := range sets {
		s := digest.NewSet(algorithms...)
		require.Equal(t, algorithms, s.Algorithms())
		for _, size := range []int{0, 1, 1000, max(s.Parallel(), 1) - 1, s.Parallel(), s.Parallel() + 1, 300_001} {
			p := counted(size + size/3)
			s.Reset()
			writeSet(t, s, p[:size/3])
			writeSet(t, s, p[size/3:])
			want := sums(t, algorithms, p)
			require.Equal(t, want, s.Sums(), "%v of %d bytes", algorithms, size)
			require.Equal(t, append([]byte("before "), bytes.Join(want, nil)...), s.AppendSums([]byte("before ")))
		}
	}
}

func TestZeroSetTakesAnything(t *testing.T) {
	var s digest.Set
	writeSet(t, &s, counted(1<<20))
	s.Reset()
	require.Empty(t, s.Sums())
	require.Nil(t, s.AppendSums(nil))
	state, err := s.MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, s.UnmarshalBinary(state))
}

func TestNewSetRefusesNoAlgorithm(t *testing.T) {
	require.PanicsWithValue(t, "digest: New of Algorithm(0)", func() { digest.NewSet(digest.SHA256, 0) })
}

func TestSetTree(t *testing.T) {
	p := counted(digest.SubtreeSize + 5)
	s := digest.NewSet(digest.BLAKE3)
	tree, ok := s.Tree()
	require.True(t, ok)
	sub, err := tree.HashSubtree(0, p[:digest.SubtreeSize])
	require.NoError(t, err)
	require.NoError(t, tree.Join(sub))
	writeSet(t, s, p[digest.SubtreeSize:])
	require.Equal(t, sums(t, []digest.Algorithm{digest.BLAKE3}, p), s.Sums())

	for _, algorithms := range [][]digest.Algorithm{{}, {digest.SHA256}, {digest.BLAKE3, digest.SHA256}, {digest.BLAKE3, digest.BLAKE3}} {
		tree, ok := digest.NewSet(algorithms...).Tree()
		require.False(t, ok, algorithms)
		require.Nil(t, tree)
	}
}

// A tree of small files reuses one Set for each worker.
func TestReusedSetAllocatesNothing(t *testing.T) {
	file, sum := counted(20_000), make([]byte, 0, 64)
	s := digest.NewSet(digest.SHA256)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		s.Reset()
		_, _ = s.Write(file)
		sum = s.AppendSums(sum[:0])
	}))
	all, sum, large := digest.NewSet(digest.All()...), make([]byte, 0, 512), counted(100_000)
	require.Less(t, all.Parallel(), len(large))
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		all.Reset()
		_, _ = all.Write(large)
		sum = all.AppendSums(sum[:0])
	}), 1.0, "goroutines are the runtime's to reuse; nothing else")
}

// fake is a Digest whose Write is the test's.
type fake struct {
	digest.Digest
	write func()
}

func (f fake) Write(p []byte) (int, error) {
	f.write()
	return len(p), nil
}

// Each digest waits until all have begun: one after another they would wait for ever, which the bubble
// reports as a deadlock.
func TestLargeWriteRunsDigestsSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := digest.NewSet(digest.MD5, digest.MD5, digest.MD5)
		begun := make(chan struct{}, 3) // one for each: none waits to tell
		all := make(chan struct{})
		for i := range 3 {
			s.Replace(i, fake{write: func() {
				begun <- struct{}{}
				<-all
			}})
		}
		go func() {
			for range 3 {
				<-begun
			}
			close(all)
		}()
		writeSet(t, s, counted(s.Parallel()))
	})
}

func TestWorthwhile(t *testing.T) {
	rows := []struct {
		list        string
		order, side int // lengths at which the set runs in order, and side by side
	}{
		{"sha256,blake3", 64 << 10, 128 << 10},
		{"blake3,sha256", 64 << 10, 128 << 10},
		{"sha256,md5", 64 << 10, 128 << 10},
		{"md5,sha1,sha256", 16 << 10, 64 << 10},
		{"sha256,crc32c", 1 << 20, 2 << 20},
	}
	for _, row := range rows {
		algorithms, err := digest.ParseSet(row.list)
		require.NoError(t, err)
		from := digest.NewSet(algorithms...).Parallel()
		require.Greater(t, from, row.order, row.list)
		require.LessOrEqual(t, from, row.side, row.list)
	}
}

// Where waking a core is not worthwhile all run in the set's order; side by side the slowest would be first.
func TestSmallWriteRunsInOrder(t *testing.T) {
	s := digest.NewSet(digest.CRC32C, digest.XXH64, digest.MD5)
	var order []int
	for i := range 3 {
		s.Replace(i, fake{write: func() { order = append(order, i) }})
	}
	writeSet(t, s, counted(s.Parallel()-1))
	require.Equal(t, []int{0, 1, 2}, order)
}

// Write returns only when no goroutine of its own is left, also when a digest panics, so that the caller
// may use its buffer again; the panic comes to the caller, whichever digest had it.
func TestPanicComesToTheCallerAfterAllHaveEnded(t *testing.T) {
	for culprit := range 3 {
		synctest.Test(t, func(t *testing.T) {
			s := digest.NewSet(digest.MD5, digest.MD5, digest.SHA1)
			cause := errors.New("broken invariant")
			ended := make([]bool, 3)
			for i := range 3 {
				s.Replace(i, fake{write: func() {
					if i == culprit {
						panic(cause)
					}
					time.Sleep(time.Second)
					ended[i] = true
				}})
			}
			err, ok := recovered(func() { _, _ = s.Write(counted(s.Parallel())) }).(error)
			require.True(t, ok)
			require.ErrorIs(t, err, cause)
			require.ErrorContains(t, err, "digest: "+s.Algorithms()[culprit].String()+" panicked: broken invariant")
			require.ErrorContains(t, err, "set_test.go", "the stack shows where")
			ended[culprit] = true
			require.Equal(t, []bool{true, true, true}, ended)
		})
	}
}

// Two digests panic in one Write: the next Write has nothing to do with it.
func TestPanicIsRaisedOnce(t *testing.T) {
	s := digest.NewSet(digest.MD5, digest.MD5)
	broken := true
	for i := range 2 {
		s.Replace(i, fake{write: func() {
			if broken {
				panic("broken invariant")
			}
		}})
	}
	require.Panics(t, func() { _, _ = s.Write(counted(s.Parallel())) })
	broken = false
	require.NotPanics(t, func() { _, _ = s.Write(counted(s.Parallel())) })
}

func recovered(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestSetCutAndRestoredAnywhere(t *testing.T) {
	data := counted(400 << 10)
	rapid.Check(t, func(t *rapid.T) {
		algorithms := rapid.SliceOfNDistinct(rapid.SampledFrom(digest.All()), 0, 4, rapid.ID).Draw(t, "algorithms")
		p := data[:rapid.IntRange(0, len(data)).Draw(t, "size")]
		s := digest.NewSet(algorithms...)
		for rest := p; len(rest) > 0; {
			n := piece(t, len(rest))
			writeSet(t, s, rest[:n])
			if rapid.IntRange(0, 3).Draw(t, "crash") == 0 {
				state, err := s.MarshalBinary()
				require.NoError(t, err)
				s = digest.NewSet(algorithms...)
				require.NoError(t, s.UnmarshalBinary(state))
			}
			rest = rest[n:]
		}
		require.Equal(t, sums(t, algorithms, p), s.Sums())
	})
}
