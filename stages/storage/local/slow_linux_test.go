package local_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

func useSlowWay(r *local.Root) error { return r.UseSlowWay() }

// os.Root would follow a link that stays beneath it, whatever the flags say.
func TestSlowWaySeesSwaps(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "file", "other")
	_, err := local.OpenSeen(".", "file", func() {
		require.NoError(t, os.Remove("file"))
		require.NoError(t, os.Symlink("other", "file"))
	})
	require.ErrorIs(t, err, storage.ErrChanged)
	f, err := local.OpenSeen(".", "other", func() {})
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Without openat2 all is as with it, but for links in the middle of a name.
func TestSlowWay(t *testing.T) {
	hostile(t, t.TempDir())
	root := openRoot(t, ".", local.Options{})
	require.NoError(t, root.UseSlowWay())
	refusals(t, root, map[string]string{
		"fifo":       "is a FIFO, not a regular file",
		"socket":     "is a socket, not a regular file",
		"dir":        "is a directory, not a regular file",
		"to-file":    "is a symbolic link, not a regular file",
		"to-fifo":    "is a symbolic link, not a regular file",
		"outside":    "is a symbolic link, not a regular file",
		"missing":    "no such file or directory",
		"file/below": "not a directory",
	})
	for _, open := range openings {
		f, err := open(root, t.Context(), "dir/file")
		require.NoError(t, err)
		require.Equal(t, "dir/file", content(t, f))
		require.NoError(t, f.Close())
		_, err = open(root, t.Context(), "../outside")
		require.Error(t, err)
	}
	inner, err := root.OpenRoot(t.Context(), "dir")
	require.NoError(t, err)
	defer func() { require.NoError(t, inner.Close()) }()
	d, err := inner.OpenDir(t.Context(), ".")
	require.NoError(t, err)
	var names []string
	require.NoError(t, d.Entries(nil, func(e local.Entry) error {
		names = append(names, string(e.Name))
		return nil
	}))
	require.NoError(t, d.Close())
	require.Equal(t, []string{"file"}, names)
}
