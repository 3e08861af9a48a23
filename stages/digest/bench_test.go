package digest_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"lukechampine.com/blake3"

	"github.com/penstock-go/penstock/stages/digest"
)

var writeSizes = []int{4 << 10, 64 << 10, 256 << 10, 1 << 20}

func benchmarkWrites(b *testing.B, h io.Writer) {
	b.Helper()
	for _, size := range writeSizes {
		b.Run(fmt.Sprintf("%dK", size>>10), func(b *testing.B) {
			p := counted(size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = h.Write(p)
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, a := range digest.All() {
		b.Run(a.String(), func(b *testing.B) { benchmarkWrites(b, a.New()) })
	}
}

// BenchmarkPeerBLAKE3 is the library's own Hasher; compare it with GOMAXPROCS=1, as it starts goroutines.
func BenchmarkPeerBLAKE3(b *testing.B) {
	benchmarkWrites(b, blake3.New(digest.BLAKE3.Size(), nil))
}

// BenchmarkSubtree is what a worker does for each piece.
func BenchmarkSubtree(b *testing.B) {
	for _, size := range []int{digest.MinSubtree, digest.SubtreeSize, 1 << 20} {
		b.Run(fmt.Sprintf("%dK", size>>10), func(b *testing.B) {
			p := counted(size)
			tree := digest.BLAKE3.New().(digest.Tree)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = tree.HashSubtree(0, p)
			}
		})
	}
}

func BenchmarkSet(b *testing.B) {
	for _, list := range []string{"sha256", "sha256,blake3", "sha256,crc32c", "md5,sha1,sha256"} {
		b.Run(strings.ReplaceAll(list, ",", "+"), func(b *testing.B) {
			algorithms, err := digest.ParseSet(list)
			if err != nil {
				b.Fatal(err)
			}
			benchmarkWrites(b, digest.NewSet(algorithms...))
		})
	}
}

// BenchmarkSmallFile is a file of 20 KB from Reset to sum.
func BenchmarkSmallFile(b *testing.B) {
	for _, a := range digest.All() {
		b.Run(a.String(), func(b *testing.B) {
			p, sum, s := counted(20_000), make([]byte, 0, 64), digest.NewSet(a)
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				s.Reset()
				_, _ = s.Write(p)
				sum = s.AppendSums(sum[:0])
			}
		})
	}
}
