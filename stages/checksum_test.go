package stages_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// The state in a marked chunk is that of the digests after exactly its bytes:
// going on from it gives the digests of the whole.
func TestChecksumPutsItsStateIntoMarkedChunks(t *testing.T) {
	data, pool := pattern(100_000), stages.NewPool(0)
	set := digest.NewSet(digest.SHA256, digest.BLAKE3)
	sum := stages.Checksum(set)
	for offset := 0; offset < len(data); offset += 20_000 {
		c, err := pool.Get(t.Context(), 20_000)
		require.NoError(t, err)
		copy(c.Data, data[offset:])
		c.Offset, c.Mark = int64(offset), offset == 40_000
		err = sum(t.Context(), one(c), func(c *stages.Chunk) error {
			defer c.Release()
			if !c.Mark {
				require.Nil(t, c.State)
				return nil
			}
			again := digest.NewSet(digest.SHA256, digest.BLAKE3)
			require.NoError(t, again.UnmarshalBinary(c.State))
			_, _ = again.Write(data[c.End():])
			require.Equal(t, sumOf(digest.SHA256, data), again.Sums()[0])
			require.Equal(t, sumOf(digest.BLAKE3, data), again.Sums()[1])
			return nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, sumOf(digest.SHA256, data), set.Sums()[0])
	require.Zero(t, pool.Live())
}
