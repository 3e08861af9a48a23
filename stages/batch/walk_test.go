package batch_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// plant makes files beneath dir, each holding its own name; a name with a slash
// at its end is a directory.
func plant(t require.TestingT, dir string, names ...string) {
	for _, name := range names {
		path := dir + "/" + name
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		if strings.HasSuffix(name, "/") {
			require.NoError(t, os.MkdirAll(path, 0o700))
		} else {
			require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
		}
	}
}

// walked is what a walk came to: paths, and errors as "path: error".
func walked(t require.TestingT, o batch.WalkOptions) (paths, errs []string) {
	w, err := batch.NewWalk(o)
	require.NoError(t, err)
	require.NoError(t, w.Files(context.Background(), func(f batch.File) error {
		if f.Err != nil {
			errs = append(errs, f.Path+": "+f.Err.Error())
		} else {
			paths = append(paths, f.Path)
		}
		return nil
	}))
	require.NoError(t, w.Close())
	return paths, errs
}

func TestWalkOrder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	plant(t, ".", "a/b", "a-b", "a.b", "a0", "a/a/a", "empty/", "a/.hidden", "B", "ä", "a/\xff\xfe", "new\nline", "z/1", "z/10", "z/2")
	want := []string{
		"B", "a-b", "a.b", "a/.hidden", "a/a/a", "a/b", "a/\xff\xfe", "a0", "new\nline", "z/1", "z/10", "z/2", "ä",
	}
	require.True(t, slices.IsSorted(want))
	paths, errs := walked(t, batch.WalkOptions{Paths: []string{"."}})
	require.Equal(t, want, paths)
	require.Empty(t, errs)
}

// The printed path is the argument and the way below it, without what says
// nothing; ".." is kept, since it says more than a name's removal.
func TestWalkPrintedPaths(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "d/s/file", "other")
	t.Chdir(dir)
	for _, test := range []struct{ argument, want string }{
		{".", "d/s/file other"},
		{"./", "d/s/file other"},
		{"d", "d/s/file"},
		{"d/", "d/s/file"},
		{"./d//.///s/", "d/s/file"},
		{"d/../d", "d/../d/s/file"},
		{dir, dir + "/d/s/file " + dir + "/other"},
		{"other", "other"},
		{"./other", "./other"},
		{"d/../other", "d/../other"},
	} {
		paths, errs := walked(t, batch.WalkOptions{Paths: []string{test.argument}})
		require.Equal(t, test.want, strings.Join(paths, " "), test.argument)
		require.Empty(t, errs)
	}
	t.Chdir("d/s")
	paths, _ := walked(t, batch.WalkOptions{Paths: []string{".."}})
	require.Equal(t, []string{"../s/file"}, paths)
	paths, _ = walked(t, batch.WalkOptions{
		Paths: []string{"file", "../.."}, More: func(yield func(string, error) bool) { yield("file", nil) },
	})
	require.Equal(t, []string{"file", "../../d/s/file", "../../other", "file"}, paths, "arguments in their order")
}

// Any tree, walked with any share of memory, comes in the byte order of whole
// paths, and every file can be opened by what the walk gave.
func TestWalkAnyTree(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := base + "/" + strings.Repeat("t", n%200+1)
		defer func() { require.NoError(t, os.RemoveAll(dir)) }()
		require.NoError(t, os.Mkdir(dir, 0o700))
		name := rapid.StringMatching(`[a-c.\-0\n~é]{1,3}`).Filter(func(s string) bool { return s != "." && s != ".." })
		wayOf := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(name, 1, 5).Draw(t, "names"), "/")
		})
		want := []string{}
		for _, way := range rapid.SliceOfN(wayOf, 0, 60).Draw(t, "ways") {
			path := dir + "/" + way
			if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
				continue // a file stands in the way
			}
			if os.WriteFile(path, []byte(way), 0o600) == nil && !slices.Contains(want, path) {
				want = append(want, path)
			}
		}
		slices.Sort(want)
		w, err := batch.NewWalk(batch.WalkOptions{
			Paths:  []string{dir},
			Memory: rapid.SampledFrom([]int{0, 1, 30, 100, 300, 1000}).Draw(t, "memory"), TempDir: base,
		})
		require.NoError(t, err)
		got := []string{}
		require.NoError(t, w.Files(context.Background(), func(f batch.File) error {
			require.NoError(t, f.Err)
			require.Equal(t, f.Path[len(dir)+1:], text(t, f))
			got = append(got, f.Path)
			return nil
		}))
		require.NoError(t, w.Close())
		require.Equal(t, want, got)
	})
	left, err := os.ReadDir(base)
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
}

func text(t require.TestingT, f batch.File) string {
	opened, err := f.Open(context.Background())
	require.NoError(t, err)
	r, err := opened.OpenAt(context.Background(), 0)
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	return string(content)
}

// The order is that of sort itself, on a tree that nobody made for the test.
func TestWalkAgreesWithFindAndSort(t *testing.T) {
	if _, err := exec.LookPath("find"); err != nil {
		t.Skip("NOT RUN: no find here")
	}
	const root = "/usr/share"
	command := exec.CommandContext(t.Context(), "sh", "-c", `find "$0" -type f -print0 | LC_ALL=C sort -z`, root)
	out, err := command.Output()
	if err != nil {
		t.Skipf("NOT RUN: find: %v", err)
	}
	want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	paths, _ := walked(t, batch.WalkOptions{Paths: []string{root}, Memory: 10_000})
	require.Equal(t, strings.Join(want, "\n"), strings.Join(paths, "\n"))
}

func TestWalkArguments(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "file", "dir/file")
	t.Chdir(dir)
	paths, errs := walked(t, batch.WalkOptions{Paths: []string{"missing", "file", "", "file/", "file", "dir"}})
	require.Equal(t, []string{"file", "file", "dir/file"}, paths)
	require.Equal(t, []string{
		"missing: stat missing: no such file or directory",
		": stat : no such file or directory",
		"file/: stat file/: not a directory",
	}, errs)
}

func TestWalkStandardInput(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "-", "a")
	for asked, want := range map[bool]int{true: 1, false: 0} {
		w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"-", "a"}, Standard: asked})
		require.NoError(t, err)
		standard := 0
		require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
			if f.Standard {
				require.Equal(t, "-", f.Path)
				standard++
			}
			return nil
		}))
		require.Equal(t, want, standard)
		require.NoError(t, w.Close())
	}
}

// What is read of standard input is gone: a second look would see an empty file.
func TestWalkStandardInputOnce(t *testing.T) {
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{"-", "-"}, Standard: true})
	require.NoError(t, err)
	var errs []error
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		errs = append(errs, f.Err)
		return nil
	}))
	require.Len(t, errs, 2)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], batch.ErrStandardAgain)
	require.NoError(t, w.Close())
}

func TestWalkEndsEarly(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a", "b", "c/d")
	enough := errors.New("enough")
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{dir}})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	n := 0
	require.ErrorIs(t, w.Files(t.Context(), func(batch.File) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	}), enough)
	require.Equal(t, 2, n)

	ctx, cancel := context.WithCancelCause(t.Context())
	n = 0
	require.ErrorIs(t, w.Files(ctx, func(f batch.File) error {
		require.NoError(t, f.Err, "no file's fault")
		n++
		cancel(enough)
		return nil
	}), enough)
	require.Equal(t, 1, n)
	require.ErrorIs(t, w.Files(ctx, func(batch.File) error { return enough }), enough, "before the first")

	w, err = batch.NewWalk(batch.WalkOptions{More: func(yield func(string, error) bool) { yield("", enough) }})
	require.NoError(t, err)
	require.ErrorIs(t, w.Files(t.Context(), func(batch.File) error { return nil }), enough)
}

// A context that ends in the middle of a large directory ends the walk there,
// and is not the directory's error.
func TestWalkEndsWhileListing(t *testing.T) {
	t.Chdir(t.TempDir())
	for i := range 3000 {
		plant(t, ".", strconv.Itoa(i))
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	left := 0
	w, err := batch.NewWalk(batch.WalkOptions{
		Paths: []string{"."}, Filter: batch.Filter{Exclude: []string{"*"}},
		OnSkip: func(string, batch.Skip) { left++; cancel(enough) },
	})
	require.NoError(t, err)
	require.ErrorIs(t, w.Files(ctx, func(f batch.File) error {
		t.Error("handed on", f)
		return nil
	}), enough)
	require.Less(t, left, 3000)
	require.NoError(t, w.Close())
}

// The output that is written into the tree is left out under each of its names. One
// that was named itself is an error: somebody waits for it.
func TestWalkSkips(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	plant(t, ".", "a", "out", "z")
	require.NoError(t, os.Link("out", "linked"))
	s, err := local.Stat(t.Context(), "out")
	require.NoError(t, err)
	var skipped []string
	w, err := batch.NewWalk(batch.WalkOptions{
		Paths: []string{".", "out"}, Skip: []checkpoint.Identity{s.Identity},
		OnSkip: func(path string, why batch.Skip) { skipped = append(skipped, path+": "+why.String()) },
	})
	require.NoError(t, err)
	var paths []string
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		paths = append(paths, f.Path)
		if f.Path == "out" {
			require.ErrorIs(t, f.Err, batch.ErrOutput)
			return nil
		}
		return f.Err
	}))
	require.Equal(t, []string{"a", "z", "out"}, paths)
	slices.Sort(skipped)
	require.Equal(t, []string{"linked: own output", "out: own output"}, skipped)
	require.EqualValues(t, 2, w.Skipped(batch.SkipNamed))
	require.NoError(t, w.Close())
}

// A directory that is the output is not walked, whatever it is named as: what is
// written into it would be met again, without end.
func TestWalkSkipsDirectories(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "out/in")
	require.NoError(t, os.Symlink("out", "link"))
	s, err := local.Stat(t.Context(), "out")
	require.NoError(t, err)
	paths, errs := walked(t, batch.WalkOptions{
		Paths: []string{".", "out", "link", "out/in"}, Skip: []checkpoint.Identity{s.Identity},
	})
	require.Equal(t, []string{"a", "out/in"}, paths)
	require.Equal(t, []string{
		"out: open out: is the output itself",
		"link: open link: is the output itself",
	}, errs)
}

// What is being written, or was left behind by a crash, is no file yet.
func TestWalkLeavesOutWhatIsUnfinished(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a", "sub/.penstock-ABC.tmp", "sub/.penstock-ABC.tmp2", "sub/.penstock-d.tmp/in", "sub/penstock-ABC.tmp")
	w, err := batch.NewWalk(batch.WalkOptions{Paths: []string{".", "sub/.penstock-ABC.tmp"}})
	require.NoError(t, err)
	var paths []string
	require.NoError(t, w.Files(t.Context(), func(f batch.File) error {
		paths = append(paths, f.Path)
		return f.Err
	}))
	require.Equal(t, []string{
		"a", "sub/.penstock-ABC.tmp2", "sub/.penstock-d.tmp/in", "sub/penstock-ABC.tmp",
		"sub/.penstock-ABC.tmp", // which was named
	}, paths)
	require.EqualValues(t, 1, w.Skipped(batch.SkipUnfinished))
	require.NoError(t, w.Close())
}
