//go:build unix

package checkpoint_test

import (
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
)

// Nobody else reads what was copied, whatever the umask.
func TestFilesArePrivate(t *testing.T) {
	umask := syscall.Umask(0)
	defer syscall.Umask(umask)
	d, dir := openDirectory(t)
	require.NoError(t, checkpoint.NewFileStore(d).Save(t.Context(), checkpointtest.Record("a", 1)))
	j, err := checkpoint.OpenJournal(t.Context(), d, "a")
	require.NoError(t, err)
	require.NoError(t, j.Close())
	l, err := checkpoint.Lock(t.Context(), d, "a")
	require.NoError(t, err)
	for _, kind := range []string{".record", ".journal", ".lock"} {
		info, err := os.Stat(fileOf(dir, "a", kind))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode(), kind)
	}
	require.NoError(t, l.Unlock())
}
