package storage_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
)

func TestNotRegularError(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		fs.ModeDir | 0o755:                "is a directory, not a regular file",
		fs.ModeSymlink:                    "is a symbolic link, not a regular file",
		fs.ModeNamedPipe:                  "is a FIFO, not a regular file",
		fs.ModeSocket | fs.ModeSetuid:     "is a socket, not a regular file",
		fs.ModeDevice:                     "is a block device, not a regular file",
		fs.ModeDevice | fs.ModeCharDevice: "is a character device, not a regular file",
		fs.ModeIrregular:                  "is something unknown to this system, not a regular file",
	} {
		require.EqualError(t, &storage.NotRegularError{Mode: mode}, want)
	}
	require.Equal(t, "a regular file", storage.Kind(0o644))
}
