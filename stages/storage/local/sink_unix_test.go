//go:build unix

package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage/local"
)

func TestSinkMode(t *testing.T) {
	mask := syscall.Umask(0o027)
	defer syscall.Umask(mask)
	for name, test := range map[string]struct{ old, want os.FileMode }{
		"new":                {want: 0o640},
		"replaces private":   {old: 0o600, want: 0o600},
		"replaces program":   {old: 0o755, want: 0o755},
		"replaces read-only": {old: 0o444, want: 0o444},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "target")
			if test.old != 0 {
				require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
				require.NoError(t, os.Chmod(path, test.old))
			}
			sink, err := local.Create(t.Context(), path)
			require.NoError(t, err)
			info, err := os.Stat(unfinished(t, dir)[0])
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "before Commit")
			require.NoError(t, sink.Commit(t.Context()))
			info, err = os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, test.want, info.Mode().Perm())
		})
	}
}

func TestSinkTargets(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("old"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dir"), 0o700))
	require.NoError(t, os.Symlink("file", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("nothing", filepath.Join(dir, "dangling")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	t.Chdir(dir)
	for target, want := range map[string]string{
		"dir":       "create dir: is a directory, not a regular file",
		"fifo":      "create fifo: is a FIFO, not a regular file",
		"dangling":  "create dangling: is a symbolic link to nothing (nothing)",
		"gone/file": "create gone/file: no such file or directory",
		"file/file": "create file/file: not a directory",
		"/dev/null": "create /dev/null: is a character device, not a regular file",
		"":          "create : is a directory, not a regular file",
	} {
		_, err := local.Create(t.Context(), target)
		require.EqualError(t, err, want)
	}
	require.Empty(t, unfinished(t, "."))

	sink, err := local.Create(t.Context(), "link")
	require.NoError(t, err)
	_, err = fmt.Fprintf(sink, "new %d", 1)
	require.NoError(t, err)
	require.NoError(t, sink.Commit(t.Context()))
	target, err := os.Readlink("link")
	require.NoError(t, err)
	require.Equal(t, "file", target, "the link stays one")
	content, err := os.ReadFile("file")
	require.NoError(t, err)
	require.Equal(t, "new 1", string(content))
}
