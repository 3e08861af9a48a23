package local_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

const (
	benchFiles    = 1000
	benchFileSize = 20 << 10
)

// BenchmarkFile is what a small file costs apart from its digest: ours with the
// checks around the reading, and a hand-written loop without any.
func BenchmarkFile(b *testing.B) {
	dir := b.TempDir()
	names := make([]string, benchFiles)
	for i := range names {
		names[i] = "file" + strconv.Itoa(i)
		require.NoError(b, os.WriteFile(filepath.Join(dir, names[i]), make([]byte, benchFileSize), 0o600))
	}
	buf := make([]byte, 32<<10)
	b.Run("os.Open", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f, err := os.Open(filepath.Join(dir, names[i%benchFiles]))
			require.NoError(b, err)
			for err == nil {
				_, err = f.Read(buf)
			}
			require.NoError(b, f.Close())
		}
	})
	root, err := local.OpenRoot(b.Context(), dir, local.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, root.Close()) }()
	b.Run("look", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f, err := root.Open(b.Context(), names[i%benchFiles])
			readBench(b, f, err, buf)
		}
	})
	b.Run("listed", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f, err := root.OpenListed(b.Context(), names[i%benchFiles])
			readBench(b, f, err, buf)
		}
	})
}

func readBench(b *testing.B, f *local.File, err error, buf []byte) {
	b.Helper()
	ctx := context.Background()
	require.NoError(b, err)
	before, err := storage.Begin(ctx, f)
	require.NoError(b, err)
	r, err := f.OpenAt(ctx, 0)
	require.NoError(b, err)
	var total int64
	for err == nil {
		var n int
		n, err = r.Read(buf)
		total += int64(n)
	}
	require.ErrorIs(b, err, io.EOF)
	require.NoError(b, storage.Verify(ctx, f, before, total))
	require.NoError(b, f.Close())
}
