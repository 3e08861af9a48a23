package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// A disk that fills up costs the new content only.
func TestSinkOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("NOT RUN: mounting a small tmpfs takes root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, 0)) })
	path := filepath.Join(dir, "target")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	sink, err := local.Create(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, sink.Abort(t.Context())) }()
	p := make([]byte, 16<<10)
	for err == nil {
		_, err = sink.Write(p)
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	require.EqualError(t, err, "write "+path+": no space left on device")
	require.ErrorIs(t, sink.Commit(t.Context()), unix.ENOSPC, "there is a hole where the write failed")
	require.NoError(t, sink.Abort(t.Context()))
	require.Empty(t, unfinished(t, dir))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))
}
