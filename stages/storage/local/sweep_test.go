package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// What an owner has left goes, and nobody else's, and what is still good stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	leave := func(owner string) string {
		target, err := local.OpenTarget(t.Context(), dir)
		require.NoError(t, err)
		defer func() { _ = target.Close() }()
		target.SetOwner(owner)
		folder, err := target.Folder(t.Context(), ".")
		require.NoError(t, err)
		defer folder.Close()
		sink, err := folder.Create(t.Context(), "file")
		require.NoError(t, err)
		temp, err := sink.Temp(t.Context())
		require.NoError(t, err)
		require.NoError(t, sink.Leave(t.Context()))
		return temp.Path
	}
	good, gone, longer, nobodys := leave("job1"), leave("job1"), leave("job12"), leave("")
	link := ".penstock-job1-link.tmp"
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, link)))
	kept := []string{good, longer, nobodys, ".penstock-job1-.txt", "penstock-job1-.tmp", ".penstock-job1-dir.tmp"}
	for _, name := range kept[3:5] {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, kept[5]), 0o700))

	target, err := local.OpenTarget(t.Context(), dir)
	require.NoError(t, err)
	defer func() { _ = target.Close() }()
	folder, err := target.Folder(t.Context(), ".")
	require.NoError(t, err)
	defer folder.Close()
	left := func() (names []string) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	require.NoError(t, folder.Sweep(t.Context(), func(string) bool { return false }))
	require.ElementsMatch(t, append([]string{gone, link}, kept...), left(), "nobody's are never swept")
	target.SetOwner("job1")
	sink, err := folder.Create(t.Context(), "file")
	require.NoError(t, err)
	own, err := sink.Temp(t.Context())
	require.NoError(t, err)
	kept = append(kept, own.Path)
	require.NoError(t, folder.Sweep(t.Context(), func(name string) bool { return name == good }))
	require.ElementsMatch(t, kept, left())
	require.NoError(t, sink.Abort(t.Context()))
}

// A file that is created for an owner takes away what the owner had left of it.
func TestCreateOwned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	for range 3 {
		sink, err := local.CreateOwned(t.Context(), path, "job1list")
		require.NoError(t, err)
		require.NoError(t, sink.Leave(t.Context()))
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(path), local.TempPattern))
	require.NoError(t, err)
	require.Len(t, found, 1)
}
