package batch_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/batch"
)

// descriptors is how many this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(open)
}

// deep makes a chain of directories, whose path is too long to be opened, with
// a file before and after the next at every hundredth.
func deep(t *testing.T, levels int, name string) (want []string) {
	t.Helper()
	dir, err := unix.Open(".", unix.O_DIRECTORY, 0)
	require.NoError(t, err)
	var path strings.Builder
	var after []string
	for level := range levels {
		if level%100 == 0 {
			for _, file := range []string{"A", "z"} {
				fd, err := unix.Openat(dir, file, unix.O_CREAT|unix.O_WRONLY, 0o600)
				require.NoError(t, err)
				require.NoError(t, unix.Close(fd))
			}
			want = append(want, path.String()+"A")
			after = append(after, path.String()+"z")
		}
		require.NoError(t, unix.Mkdirat(dir, name, 0o700))
		next, err := unix.Openat(dir, name, unix.O_DIRECTORY, 0)
		require.NoError(t, err)
		require.NoError(t, unix.Close(dir))
		dir = next
		path.WriteString(name + "/")
	}
	require.NoError(t, unix.Close(dir))
	t.Cleanup(func() {
		// os.RemoveAll holds a descriptor for each level.
		command := exec.CommandContext(context.WithoutCancel(t.Context()), "rm", "-rf", name)
		require.NoError(t, command.Run())
	})
	slices.Reverse(after)
	return append(want, after...)
}

// memoryDir is a directory in memory where there is one: a disk takes seconds
// for 10,000 directories.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "penstock-test-*") //nolint:usetesting // not the disk's temporary directory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func TestWalkDeep(t *testing.T) {
	for test, shape := range map[string]struct {
		levels int
		name   string
	}{
		"10,000 levels": {10_000, "d"},
		"long names":    {900, strings.Repeat("d", 250)},
	} {
		t.Run(test, func(t *testing.T) {
			t.Chdir(memoryDir(t))
			want := deep(t, shape.levels, shape.name)
			before, most := descriptors(t), 0
			w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"."}, Memory: 10_000})
			require.NoError(t, err)
			i := 0
			require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
				require.NoError(t, f.Err)
				require.Less(t, i, len(want))
				if f.Path != want[i] { // require.Equal would print 20 KB
					t.Fatalf("%d: %.100s…", i, f.Path)
				}
				i++
				most = max(most, descriptors(t))
				require.Empty(t, text(t, f))
				return nil
			}))
			require.Len(t, want, i)
			require.Less(t, most, before+40)
			require.NoError(t, w.Close())
			require.Equal(t, before, descriptors(t))
		})
	}
}

// Many arguments keep few directories open, and their files can be opened long
// after: by then through a path that may lead elsewhere, which is noticed.
func TestWalkManyTrees(t *testing.T) {
	t.Chdir(t.TempDir())
	var arguments []string
	for i := range 200 {
		name := "dir" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		plant(t, ".", name+"/file")
		arguments = append(arguments, name)
	}
	before := descriptors(t)
	w, err := batch.NewWalk(batch.WalkOptions{Paths: arguments})
	require.NoError(t, err)
	var files []batch.File
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		files = append(files, f)
		return f.Err
	}))
	require.Less(t, descriptors(t), before+40)
	require.NoError(t, os.Rename(arguments[0], "elsewhere"))
	require.NoError(t, os.Rename(arguments[1], arguments[0]))
	for i, f := range files {
		if i < 2 {
			_, err := f.Open(t.Context())
			require.ErrorContains(t, err, "open "+arguments[i])
			continue
		}
		require.Equal(t, f.Path, text(t, f))
	}
	require.NoError(t, w.Close())
	require.Equal(t, before, descriptors(t))
	require.Equal(t, files[2].Path, text(t, files[2]), "after Close too")
	require.Equal(t, before, descriptors(t))
}
