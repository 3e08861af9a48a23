package batch_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/batch"
)

// BenchmarkWalk lists 100,000 files in 100 directories; filepath.WalkDir does no
// less and no more than a walk without options has to.
func BenchmarkWalk(b *testing.B) {
	const directories, files = 100, 1000
	dir := b.TempDir()
	for i := range directories {
		sub := fmt.Sprintf("%s/directory-%03d", dir, i)
		require.NoError(b, os.Mkdir(sub, 0o700))
		for j := range files {
			f, err := os.Create(fmt.Sprintf("%s/file-%06d", sub, j*7919%files))
			require.NoError(b, err)
			require.NoError(b, f.Close())
		}
	}
	b.Run("filepath.WalkDir", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			require.NoError(b, filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
				if !e.IsDir() {
					n++
				}
				return err
			}))
			require.Equal(b, directories*files, n)
		}
		perFile(b, directories*files)
	})
	b.Run("Walk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			benchWalk(b, dir, directories*files, func(f batch.File) error { return f.Err })
		}
		perFile(b, directories*files)
	})
	b.Run("Walk and Open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			benchWalk(b, dir, directories*files, func(f batch.File) error {
				opened, err := f.Open(context.Background())
				if err != nil {
					return err
				}
				return opened.Close()
			})
		}
		perFile(b, directories*files)
	})
}

func benchWalk(b *testing.B, dir string, want int, visit func(batch.File) error) {
	b.Helper()
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{dir}})
	require.NoError(b, err)
	n := 0
	require.NoError(b, w.Files(b.Context(), func(f batch.File) error {
		n++
		return visit(f)
	}))
	require.NoError(b, w.Close())
	require.Equal(b, want, n)
}

func perFile(b *testing.B, files int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*files), "ns/file")
}
