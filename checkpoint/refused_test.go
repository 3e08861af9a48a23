package checkpoint_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
)

// fileOf is where what belongs to this id is kept.
func fileOf(dir, id, kind string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+kind)
}

// A record that is not to be trusted is never used, says so in one line, hides no
// other, and gives way to the next Save.
func TestFileStoreRefuses(t *testing.T) {
	good := encode(t, checkpointtest.Record("bad", 5))
	write := func(content []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, content, 0o600) }
	}
	refusals(t, map[string]refusal{
		"empty":     {write(nil), checkpoint.ErrCorrupt, "0 bytes are too few"},
		"zeros":     {write(make([]byte, 4096)), checkpoint.ErrCorrupt, "does not begin with PENSTREC"},
		"cut":       {write(good[:100]), checkpoint.ErrCorrupt, "it has 100 bytes, and says"},
		"longer":    {write(append(slices.Clone(good), 0)), checkpoint.ErrCorrupt, "bytes, and says"},
		"later":     {write(framed("PENSTREC", 2, "{}")), checkpoint.ErrVersion, "2, and this is written for 1"},
		"foreign":   {write(encode(t, checkpointtest.Record("good", 5))), checkpoint.ErrForeign, `it is of stream "good"`},
		"too large": {write(make([]byte, checkpoint.MaxSize+1)), checkpoint.ErrTooLarge, "1048577 bytes"},
		"enormous": {func(path string) error {
			return errors.Join(os.WriteFile(path, good, 0o600), os.Truncate(path, 1<<40))
		}, checkpoint.ErrTooLarge, "1099511627776 bytes"},
		"directory": {func(path string) error { return os.Mkdir(path, 0o700) }, checkpoint.ErrCorrupt, "it is no regular file"},
		"link": {func(path string) error {
			return errors.Join(os.WriteFile(path+".target", good, 0o600), os.Symlink(filepath.Base(path)+".target", path))
		}, checkpoint.ErrCorrupt, "it is no regular file"},
	})
}

type refusal struct {
	put  func(path string) error
	want error
	line string
}

func refusals(t *testing.T, tests map[string]refusal) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, dir := openDirectory(t)
			s := checkpoint.NewFileStore(d)
			good := []string{"good", "good 1", "good 2", "good 3", "good 4", "good 5"} // some of them after the bad one
			for _, stream := range good {
				require.NoError(t, s.Save(t.Context(), checkpointtest.Record(stream, 1)))
			}
			require.NoError(t, test.put(fileOf(dir, "bad", ".record")))
			r, err := s.Load(t.Context(), "bad")
			require.Zero(t, r)
			checkRefused(t, err, test)
			require.ErrorContains(t, err, `load record of "bad"`)

			var listed []string
			refused := 0
			for r, err := range s.List(t.Context()) {
				if err != nil {
					require.ErrorIs(t, err, test.want)
					refused++
					continue
				}
				listed = append(listed, r.Stream)
			}
			slices.Sort(listed)
			require.Equal(t, good, listed)
			require.Equal(t, 1, refused)

			if name == "directory" {
				return // which no file can take the place of
			}
			require.NoError(t, s.Save(t.Context(), checkpointtest.Record("bad", 9)))
			r, err = s.Load(t.Context(), "bad")
			require.NoError(t, err)
			require.Equal(t, checkpointtest.Record("bad", 9), r)
		})
	}
}

func checkRefused(t *testing.T, err error, test refusal) {
	t.Helper()
	require.ErrorContains(t, err, test.line)
	require.ErrorContains(t, err, "it is not used, and the stream starts again")
	require.NotContains(t, err.Error(), "\n")
	require.ErrorIs(t, err, checkpoint.ErrUnusable)
	require.NotErrorIs(t, err, checkpoint.ErrNotFound)
	for _, reason := range []error{
		checkpoint.ErrCorrupt, checkpoint.ErrVersion, checkpoint.ErrForeign, checkpoint.ErrTooLarge, checkpoint.ErrOwner,
	} {
		require.Equal(t, errors.Is(test.want, reason), errors.Is(err, reason), "%v", reason)
	}
}
