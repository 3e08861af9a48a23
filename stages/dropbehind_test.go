package stages_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// advised is a source of zeros that keeps what it was told to drop.
type advised struct {
	*memory
	drops [][2]int64 // offset and bytes
}

func newAdvised(size int64) *advised { return &advised{memory: &memory{size: size, after: size}} }

func (a *advised) OpenAt(_ context.Context, offset int64) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(zeros{}, offset, a.size-offset)), nil
}

func (*advised) AdviseSequential() error { return nil }

func (a *advised) DropBehind(offset, n int64) error {
	a.drops = append(a.drops, [2]int64{offset, n})
	return nil
}

func (a *advised) ReadAt(p []byte, offset int64) (int, error) {
	return io.NewSectionReader(zeros{}, 0, a.size).ReadAt(p, offset)
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// A big source is dropped behind what was read, in whole spans and each once, where
// that was asked for, and never otherwise: others may want what is in the cache.
func TestTransferDropsBehind(t *testing.T) {
	const mib = 1 << 20
	for name, test := range map[string]struct {
		size int64
		asks bool
		want int // spans of 8 MiB
	}{
		"big":           {64*mib + 5, true, 8},
		"not so big":    {64*mib - 1, true, 0},
		"small":         {100, true, 0},
		"not asked for": {70 * mib, false, 0},
	} {
		for _, a := range []digest.Algorithm{digest.XXH3, digest.BLAKE3} {
			t.Run(name+" "+a.String(), func(t *testing.T) {
				src := newAdvised(test.size)
				require.NoError(t, stages.Transfer{
					Source: src, Set: digest.NewSet(a), Pool: stages.NewPool(0), Workers: 2, DropBehind: test.asks,
					Sizer: stages.Fixed(mib - 1),
				}.Run(t.Context()))
				require.Len(t, src.drops, test.want)
				for i, d := range src.drops {
					require.Equal(t, [2]int64{int64(i) * 8 * mib, 8 * mib}, d)
				}
			})
		}
	}
}
