package batch

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// 300,000 names of 14 bytes are 4.2 MB; they take their bytes, six more each,
// and what append has in reserve. filepath.WalkDir takes 67 MiB for them.
func TestArenaMemory(t *testing.T) {
	const count = 300_000
	var a arena
	name := make([]byte, 0, 14)
	before := live()
	for i := range count {
		a.add(0, fmt.Appendf(name, "file-%09d", count-i))
	}
	a.sort(0, 0)
	used := int(live() - before)
	require.Equal(t, count*(14+recordHead+indexEntry), a.size())
	require.Less(t, used, a.size()*13/10, "bytes on the heap")
	t.Logf("%d bytes a name", used/count)
	require.Equal(t, "file-000000001", string(recordAt(a.records, a.index[0])))
	require.Equal(t, "file-000300000", string(recordAt(a.records, a.index[count-1])))
}

// live is what is on the heap after a collection.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
