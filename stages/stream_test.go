package stages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// A stream that asked for no chunk sizes has found out nothing about them, and leaves
// what others have.
func TestSubtreesForgetNoSize(t *testing.T) {
	const size, best = 3 << 20, 512 << 10
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
	src, err := local.Open(t.Context(), path)
	require.NoError(t, err)
	defer src.Close()
	c, err := NewControl(ControlOptions{})
	require.NoError(t, err)
	c.learned.learn(size, best)
	tr := Transfer{Source: src, Set: digest.NewSet(digest.BLAKE3), Control: c, Workers: 2}
	require.True(t, tr.hashesSubtrees())
	require.NoError(t, tr.Run(t.Context()))
	require.Equal(t, best, c.learned.of(size))
}
