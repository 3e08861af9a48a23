package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Many files make room, and few do not; what made it is closed.
func TestMakeRoom(t *testing.T) {
	descriptors := 1 + tableSize(t)
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if limit.Cur <= uint64(descriptors) {
		t.Skipf("NOT RUN: takes ulimit -n above %d", descriptors)
	}
	r := room{descriptors: descriptors}
	for range roomAfter - 1 {
		r.another()
	}
	r.wait()
	require.Less(t, tableSize(t), descriptors)
	r.another()
	r.another()
	r.wait()
	require.GreaterOrEqual(t, tableSize(t), descriptors)
	makeRoom(1 << 30) // more than there may be
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, link := range links {
		to, _ := os.Readlink(link) // one of them is gone by now
		require.NotEqual(t, "/", to)
	}
}

// tableSize is for how many descriptors the kernel has room.
func tableSize(t *testing.T) (size int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, line, found := strings.Cut(string(status), "\nFDSize:")
	require.True(t, found)
	_, err = fmt.Sscan(line, &size)
	require.NoError(t, err)
	return size
}
