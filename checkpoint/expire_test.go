package checkpoint_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

// aged puts one of everything into dir, and says what each file is.
func aged(t *testing.T, d *disk.Root, dir string, old, young time.Time) map[string]string {
	t.Helper()
	what, s := map[string]string{}, checkpoint.NewFileStore(d)
	put := func(name, path string, written time.Time) {
		if _, err := os.Stat(path); err != nil {
			require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o600))
		}
		require.NoError(t, os.Chtimes(path, written, written))
		what[filepath.Base(path)] = name
	}
	for name, made := range map[string]time.Time{"old": old, "young": young} {
		r := checkpointtest.Record(name, 1)
		r.Time = made
		require.NoError(t, s.Save(t.Context(), r))
		// When its file was written does not matter.
		put(name, fileOf(dir, name, ".record"), map[string]time.Time{"old": young, "young": old}[name])
		put(name+" damaged", fileOf(dir, "damaged "+name, ".record"), made)
		put(name+" unfinished", fileOf(dir, "unfinished "+name, ".record.X.tmp"), made.Add(checkpoint.Retention-time.Hour))
		put(name+" journal", fileOf(dir, name, ".journal"), made)
		put(name+" lock", fileOf(dir, name, ".lock"), made)
		put(name+" other", filepath.Join(dir, "README "+name), made)
	}
	held, err := disk.Hold(d, filepath.Base(fileOf(dir, "unfinished young", ".record.X.tmp")))
	if !errors.Is(err, errors.ErrUnsupported) {
		require.NoError(t, err)
	}
	t.Cleanup(held.Release)
	return what
}

func left(t *testing.T, dir string, what map[string]string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, what[e.Name()])
	}
	slices.Sort(names)
	return names
}

func TestFileStoreExpire(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	old, young := now.Add(-checkpoint.Retention-1), now.Add(-checkpoint.Retention)
	kept := []string{"old lock", "old other", "young", "young damaged", "young journal", "young lock", "young other", "young unfinished"}
	t.Run("all that is old", func(t *testing.T) {
		d, dir := openDirectory(t)
		s := checkpoint.NewFileStore(d)
		what := aged(t, d, dir, old, young)
		require.NoError(t, s.Expire(t.Context(), now, nil))
		require.Equal(t, kept, left(t, dir, what))
		require.NoError(t, s.Expire(t.Context(), now, nil), "nothing to do")
	})
	t.Run("discarding", func(t *testing.T) {
		d, dir := openDirectory(t)
		s := checkpoint.NewFileStore(d)
		what := aged(t, d, dir, old, young)
		failed := errors.New("is in use")
		var asked []checkpoint.Record
		discard := func(_ context.Context, r checkpoint.Record) error {
			asked = append(asked, r)
			require.FileExists(t, fileOf(dir, r.Stream, ".record"), "the record goes last")
			return failed
		}
		require.ErrorIs(t, s.Expire(t.Context(), now, discard), failed)
		require.Equal(t, append([]string{"old"}, kept...), left(t, dir, what), "only the record that is still wanted stays")
		failed = nil
		require.NoError(t, s.Expire(t.Context(), now, discard))
		require.Equal(t, kept, left(t, dir, what))
		require.Len(t, asked, 2)
		require.Equal(t, "old", asked[1].Stream)
	})
	t.Run("cancelled", func(t *testing.T) {
		d, dir := openDirectory(t)
		s := checkpoint.NewFileStore(d)
		what := aged(t, d, dir, old, young)
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		require.ErrorIs(t, s.Expire(ctx, now, nil), why)
		require.Len(t, left(t, dir, what), len(what))
	})
}
