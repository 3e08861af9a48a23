package local_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// plant makes files, each holding its own name; a name with a slash at its end
// is a directory.
func plant(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		if name[len(name)-1] == '/' {
			require.NoError(t, os.MkdirAll(path, 0o700))
			continue
		}
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
	}
}

func openRoot(t *testing.T, dir string, o local.Options) *local.Root {
	t.Helper()
	root, err := local.OpenRoot(t.Context(), dir, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			require.ErrorIs(t, err, os.ErrClosed)
		}
	})
	return root
}

// opening is one of the two ways to open a file beneath a root.
type opening func(*local.Root, context.Context, string) (*local.File, error)

var openings = map[string]opening{"look": (*local.Root).Open, "listed": (*local.Root).OpenListed}

func content(t *testing.T, f *local.File) string {
	t.Helper()
	r, err := f.OpenAt(t.Context(), 0)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(got)
}

func TestRootOpens(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "file", "a/b/c/file", "new\nline", "white space")
	root := openRoot(t, dir, local.Options{})
	inner, err := root.OpenRoot(t.Context(), "a/b")
	require.NoError(t, err)
	for way, open := range openings {
		for _, name := range []string{"file", "a/b/c/file", "new\nline", "white space"} {
			f, err := open(root, t.Context(), name)
			require.NoError(t, err, way)
			require.Equal(t, name, content(t, f))
			require.Equal(t, dir+"/"+name, f.Path())
			require.NoError(t, f.Close())
		}
	}
	require.NoError(t, root.Close(), "neither files nor inner roots need it")
	f, err := inner.Open(t.Context(), "c/file")
	require.NoError(t, err)
	require.Equal(t, "a/b/c/file", content(t, f))
	require.Equal(t, dir+"/a/b/c/file", f.Path())
	require.NoError(t, f.Close())
	require.NoError(t, inner.Close())
	_, err = root.Open(t.Context(), "file")
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, root.Close(), os.ErrClosed)
}

func TestRootPaths(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "sub/")
	t.Chdir(dir)
	for named, want := range map[string]string{
		".": "gone", "sub": "sub/gone", "./sub": "./sub/gone", "sub/": "sub/gone", "/": "/gone",
	} {
		root := openRoot(t, named, local.Options{})
		_, err := root.Open(t.Context(), "gone")
		require.EqualError(t, err, "open "+want+": no such file or directory")
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func TestRootRefusesWaysOut(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "secret", "in/a/")
	for way, open := range openings {
		root := openRoot(t, filepath.Join(dir, "in"), local.Options{})
		for _, name := range []string{"../secret", "a/../../secret", filepath.Join(dir, "secret"), "", ".", ".."} {
			_, err := open(root, t.Context(), name)
			require.Error(t, err, "%s %q", way, name)
		}
	}
}

func TestRootHeedsContext(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "file")
	root := openRoot(t, dir, local.Options{})
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	calls := map[string]func() error{
		"OpenRoot":      func() error { _, err := local.OpenRoot(ctx, dir, local.Options{}); return err },
		"Open":          func() error { _, err := local.Open(ctx, dir+"/file"); return err },
		"Stat":          func() error { _, err := local.Stat(ctx, dir); return err },
		"Create":        func() error { _, err := local.Create(ctx, dir+"/new"); return err },
		"Root.Open":     func() error { _, err := root.Open(ctx, "file"); return err },
		"Root.Stat":     func() error { _, err := root.Stat(ctx, "file"); return err },
		"Root.OpenDir":  func() error { _, err := root.OpenDir(ctx, "."); return err },
		"Root.OpenRoot": func() error { _, err := root.OpenRoot(ctx, "."); return err },
	}
	for name, call := range calls {
		require.ErrorIs(t, call(), why, name)
	}
}

func TestDirEntries(t *testing.T) {
	dir := t.TempDir()
	want := []string{"-", ".hidden", "sub/", "a", "new\nline"}
	plant(t, dir, want...)
	root := openRoot(t, dir, local.Options{})
	for _, scratch := range [][]byte{nil, make([]byte, 4<<10)} {
		d, err := root.OpenDir(t.Context(), ".")
		require.NoError(t, err)
		var got []string
		require.NoError(t, d.Entries(scratch, func(e local.Entry) error {
			s, err := root.Stat(t.Context(), string(e.Name))
			require.NoError(t, err)
			require.Equal(t, s.Mode.Type(), e.Type)
			require.Contains(t, []uint64{0, s.Identity.Inode}, e.Inode)
			name := string(e.Name)
			if e.Type.IsDir() {
				name += "/"
			}
			got = append(got, name)
			return nil
		}))
		require.NoError(t, d.Close())
		slices.Sort(got)
		require.Equal(t, slices.Sorted(slices.Values(want)), got)
	}
	enough := errors.New("enough")
	d, err := root.OpenDir(t.Context(), ".")
	require.NoError(t, err)
	n := 0
	require.ErrorIs(t, d.Entries(nil, func(local.Entry) error { n++; return enough }), enough)
	require.Equal(t, 1, n)
	require.NoError(t, d.Close())
	_, err = root.OpenDir(t.Context(), "a")
	require.EqualError(t, err, "open "+dir+"/a: not a directory")
}
