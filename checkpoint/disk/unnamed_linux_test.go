package disk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Either way a file without a name gets one, and no other's.
func TestLinkUnnamed(t *testing.T) {
	for way, link := range map[string]func(fd, dir int, name string) error{
		"by descriptor": linkUnnamed, "through /proc": linkByProc,
	} {
		t.Run(way, func(t *testing.T) {
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
			name := func(name string) error {
				return d.at(func(dir int) error {
					return control(made.(*unnamedFile).File, func(fd int) error { return link(fd, dir, name) })
				}, name)
			}
			require.ErrorIs(t, name("taken"), os.ErrExist)
			require.NoError(t, name("name"))
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
