package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/storage"
)

// What somebody has put in the place of the temporary file does not get its name.
func TestPublishFindsAnother(t *testing.T) {
	for kind, put := range map[string]func(path string) error{
		"a file":          func(path string) error { return os.WriteFile(path, []byte("another"), 0o600) },
		"a symbolic link": func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a directory":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		for _, old := range []string{"", "old"} {
			t.Run(kind+", replacing "+old, func(t *testing.T) {
				dir, _, folder := targetIn(t, ".")
				path := filepath.Join(dir, "file")
				if old != "" {
					require.NoError(t, os.WriteFile(path, []byte(old), 0o600))
				}
				sink, err := folder.Create(t.Context(), "file")
				require.NoError(t, err)
				temp := unfinished(t, dir)[0]
				require.NoError(t, os.Rename(temp, filepath.Join(dir, "moved")))
				require.NoError(t, put(temp))
				require.ErrorIs(t, sink.Commit(t.Context()), storage.ErrChanged)
				if old != "" {
					requireContent(t, old, path)
				} else {
					require.NoFileExists(t, path)
				}
				_ = sink.Abort(t.Context()) // which may find nothing of its own
			})
		}
	}
}
