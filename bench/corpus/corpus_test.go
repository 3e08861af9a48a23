package corpus_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench/corpus"
)

func TestSparse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	require.NoError(t, corpus.Sparse(path, 100<<30))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 100<<30, info.Size())
	require.Error(t, corpus.Sparse(filepath.Join(path, "below"), 1))
}

func TestNames(t *testing.T) {
	for _, n := range []int{0, 1, 999, 1000, 1001, 2500} {
		root := t.TempDir()
		require.NoError(t, corpus.Names(root, n))
		files := 0
		require.NoError(t, filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files++
				info, err := d.Info()
				require.NoError(t, err)
				require.EqualValues(t, 3000, info.Size())
			}
			return err
		}))
		require.Equal(t, n, files)
	}
}
