package batch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file of a tree that is being parked at this moment opens it for itself.
func TestTreeParkedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	var all trees
	it := &tree{path: dir}
	require.NoError(t, all.plant(t.Context(), it))
	require.NoError(t, it.root.Load().Close()) // as park does, after the load in with
	f, err := it.openFile(t.Context(), "file")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}
