package disk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Either way a file without a name gets one, and no other's.
func TestLinkUnnamed(t *testing.T) {
	for way, denied := range map[string]bool{"by descriptor": false, "through /proc": true} {
		t.Run(way, func(t *testing.T) {
			defer linkDenied.Store(linkDenied.Swap(denied))
			path := t.TempDir()
			d, err := Open(path)
			require.NoError(t, err)
			defer func() { require.NoError(t, d.Close()) }()
			made, err := d.CreateUnnamed(0o640)
			if err != nil {
				t.Skipf("NOT RUN: %v", err)
			}
			_, err = made.WriteAt([]byte("content"), 0)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(path, "taken"), nil, 0o600))
			require.ErrorIs(t, made.LinkAs("taken"), os.ErrExist)
			require.NoError(t, made.LinkAs("name"))
			require.NoError(t, made.Close())
			content, err := os.ReadFile(filepath.Join(path, "name"))
			require.NoError(t, err)
			require.Equal(t, "content", string(content))
		})
	}
}

// What was not given a name is gone.
func TestUnnamedIsGone(t *testing.T) {
	path := t.TempDir()
	d, err := Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	made, err := d.CreateUnnamed(0o640)
	if err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	info, err := made.Stat()
	require.NoError(t, err)
	require.True(t, info.Mode().IsRegular())
	require.NoError(t, made.Close())
	require.ErrorIs(t, made.LinkAs("late"), os.ErrClosed)
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	require.Empty(t, entries)
}
