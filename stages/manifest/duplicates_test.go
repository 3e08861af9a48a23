package manifest_test

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/manifest"
)

func TestDuplicatesSeesANameTheSecondTime(t *testing.T) {
	var d manifest.Duplicates
	for _, n := range []string{"a", "b", "", "a/b"} {
		require.False(t, d.Seen(n), n)
	}
	for _, n := range []string{"a/b", "", "b", "a", "a"} {
		require.True(t, d.Seen(n), n)
	}
	require.False(t, d.Seen("A"))
}

func TestDuplicatesAtEverySize(t *testing.T) {
	const most = 5000 // every shard has grown several times by then
	var d manifest.Duplicates
	for i := range most {
		require.False(t, d.Seen(strconv.Itoa(i)))
	}
	for i := range most {
		require.True(t, d.Seen(strconv.Itoa(i)))
	}
}

func TestDuplicatesKeepsToItsLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 100} {
		d := manifest.Duplicates{Limit: limit}
		for i := range limit {
			require.False(t, d.Full())
			require.False(t, d.Seen(strconv.Itoa(i)))
		}
		require.True(t, d.Full())
		require.False(t, d.Seen("beyond"))
		require.False(t, d.Seen("beyond"), "not remembered")
		for i := range limit {
			require.True(t, d.Seen(strconv.Itoa(i)), "still compared")
		}
	}
}

func TestDuplicatesTakesThirteenBytesAName(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	d := new(manifest.Duplicates)
	count := 0
	for _, names := range []int{0, 100, 10_000, 100_000, 200_000, 225_000, 250_000, 275_000} {
		for ; count < names; count++ {
			d.Seen(strconv.Itoa(count))
		}
		require.LessOrEqual(t, heap()-before, int64(13*names+24<<10), "%d names", names)
	}
	runtime.KeepAlive(d)
}

func BenchmarkDuplicates(b *testing.B) {
	names := make([]string, 1<<16)
	for i := range names {
		names[i] = "some/folder/with a file " + strconv.Itoa(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		var d manifest.Duplicates
		for _, n := range names {
			if d.Seen(n) {
				b.Fatal("seen")
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(names)), "ns/name")
}
