package local_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

func TestFileReadsWhole(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b", "c"), []byte("hello"), 0o600))
	root, err := local.OpenRoot(t.Context(), dir, local.Options{})
	require.NoError(t, err)
	f, err := root.Open(t.Context(), "a/b/c")
	require.NoError(t, err)
	require.NoError(t, root.Close(), "a file does not need its root")
	before, err := storage.Begin(t.Context(), f)
	require.NoError(t, err)
	r, err := f.OpenAt(t.Context(), 2)
	require.NoError(t, err)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "llo", string(rest))
	require.NoError(t, storage.Verify(t.Context(), f, before, 5))
	require.ErrorIs(t, storage.Verify(t.Context(), f, before, 4), storage.ErrChanged)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), os.ErrClosed)
}
