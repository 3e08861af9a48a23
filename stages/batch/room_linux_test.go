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

// There is room afterwards, and what made it is closed.
func TestMakeRoom(t *testing.T) {
	const descriptors = 3000
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if limit.Cur <= descriptors {
		t.Skipf("NOT RUN: takes ulimit -n above %d", descriptors)
	}
	makeRoom(descriptors)
	makeRoom(1 << 30) // more than there may be
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, line, found := strings.Cut(string(status), "\nFDSize:")
	require.True(t, found)
	var size int
	_, err = fmt.Sscan(line, &size)
	require.NoError(t, err)
	require.GreaterOrEqual(t, size, descriptors)
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, link := range links {
		to, _ := os.Readlink(link) // one of them is gone by now
		require.NotEqual(t, "/", to)
	}
}
