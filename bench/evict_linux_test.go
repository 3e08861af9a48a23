package bench_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/bench"
)

// cached is how many pages of a file are in the page cache.
func cached(t *testing.T, path string) uint64 {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var c unix.Cachestat_t
	if err := unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{}, &c, 0); err != nil {
		t.Skipf("cachestat: %v", err)
	}
	return c.Cache
}

// A file that was just written is not in the cache any more, nor is one that was read.
func TestEvict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, make([]byte, 48<<20+1), 0o600))
	require.Positive(t, cached(t, path))
	if err := bench.Evict(path); err != nil {
		require.ErrorIs(t, err, bench.ErrCached)
		t.Skipf("the temporary directory is on a file system of memory: %v", err)
	}
	require.Zero(t, cached(t, path))
	_, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Positive(t, cached(t, path))
	require.NoError(t, bench.Evict(path))
	require.Zero(t, cached(t, path))
}

// Nothing is dropped of a file system that is nowhere else.
func TestEvictOfMemory(t *testing.T) {
	f, err := os.CreateTemp("/dev/shm", "penstock-test-")
	if err != nil {
		t.Skipf("no file system of memory: %v", err)
	}
	defer func() { require.NoError(t, os.Remove(f.Name())) }()
	_, err = f.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.ErrorIs(t, bench.Evict(f.Name()), bench.ErrCached)
}

func TestEvictOfNoFile(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.ErrorIs(t, bench.Evict(fifo), fs.ErrNotExist)
	require.NoError(t, unix.Mkfifo(fifo, 0o600))
	require.ErrorContains(t, bench.Evict(fifo), "not a regular file")
	require.ErrorContains(t, bench.Evict(t.TempDir()), "not a regular file")
}
