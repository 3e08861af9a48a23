package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// Who copies has to say which of the two ends went wrong.
func TestTargetErrorsAreTold(t *testing.T) {
	dir := t.TempDir()
	isTarget := func(err error) bool {
		path, ok := errors.AsType[*fs.PathError](err)
		require.True(t, ok, "%v", err)
		_, ok = path.Err.(*local.TargetError) //nolint:errorlint // right below the path
		return ok
	}
	_, err := local.Open(t.Context(), filepath.Join(dir, "missing"))
	require.False(t, isTarget(err))

	target, err := local.OpenTarget(t.Context(), dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, target.Close()) }()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("a"), 0o600))
	err = target.MakeDir(t.Context(), "file")
	require.True(t, isTarget(err))
	require.EqualError(t, err, "make directory "+filepath.Join(dir, "file")+": is a regular file, not a directory")
	_, err = target.Folder(t.Context(), "missing")
	require.True(t, isTarget(err))
	require.ErrorIs(t, err, fs.ErrNotExist)
}
