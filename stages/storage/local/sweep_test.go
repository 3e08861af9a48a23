package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
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

// A file that is created takes away what was left of it by those that have died, and
// nothing of those that are alive or of another file.
func TestCreateSweeps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody can tell there who is alive")
	}
	dir := t.TempDir()
	begin := func(name string) (*local.Sink, string) {
		sink, err := local.Create(t.Context(), filepath.Join(dir, name))
		require.NoError(t, err)
		temp, err := sink.Temp(t.Context())
		require.NoError(t, err)
		return sink, filepath.Join(dir, temp.Path)
	}
	other, others := begin("other")
	require.NoError(t, other.Leave(t.Context()))
	dead, left := begin("list")
	alive, kept := begin("list")
	require.NoError(t, dead.Leave(t.Context()))
	last, own := begin("list")
	require.NoFileExists(t, left)
	require.FileExists(t, kept)
	require.FileExists(t, others)
	require.NoError(t, alive.Commit(t.Context()))
	require.NoError(t, last.Abort(t.Context()))
	require.NoFileExists(t, own)
	require.FileExists(t, filepath.Join(dir, "list"))
}

// Whoever creates a file at the same time as others keeps what it writes.
func TestCreateTogether(t *testing.T) {
	dir := t.TempDir()
	var errs [4]error
	var creating sync.WaitGroup
	for i := range errs {
		creating.Go(func() {
			for n := 0; n < 100 && errs[i] == nil; n++ {
				errs[i] = createAndSee(t.Context(), dir)
			}
		})
	}
	creating.Wait()
	require.NoError(t, errors.Join(errs[:]...))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// createAndSee is an error where a file that is being written has lost its name.
func createAndSee(ctx context.Context, dir string) error {
	sink, err := local.Create(ctx, filepath.Join(dir, "list"))
	if err != nil {
		return err
	}
	temp, err := sink.Temp(ctx)
	if err == nil {
		err = sink.Sync(ctx)
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, temp.Path))
	}
	return errors.Join(err, sink.Abort(ctx))
}
