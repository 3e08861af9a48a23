package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
)

// A directory that was removed, or is not mounted, does not come back.
func TestDiscardTempMakesNoDirectory(t *testing.T) {
	above := filepath.Join(t.TempDir(), "unmounted")
	r := checkpoint.Record{
		Destination: filepath.Join(above, "sub", "copy"),
		Temp:        checkpoint.File{Path: ".penstock-1.tmp"},
	}
	require.NoError(t, discardTemp(t.Context(), r))
	require.NoDirExists(t, above)
}

// The journal that could not be removed is told of, also where the job's file is gone.
func TestJobThatIsDoneIsForgottenWhole(t *testing.T) {
	path := t.TempDir()
	require.NoError(t, os.Chmod(path, 0o700))
	dir, err := checkpoint.OpenDirectory(t.Context(), path)
	require.NoError(t, err)
	j := &openJob{id: "job", path: filepath.Join(path, "job"+jobSuffix), dir: dir}
	require.NoError(t, j.done(t.Context(), true), "neither is there")
	require.NoError(t, dir.Close())
	require.ErrorIs(t, j.done(t.Context(), true), os.ErrClosed)
}
