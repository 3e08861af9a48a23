package batch_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/batch"
)

func TestFilter(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a.go", "a.txt", "build/x.go", "docs/a.md", "docs/build/y.go", "docs/sub/b.md", "[x]", "lib.go/z")
	for name, test := range map[string]struct {
		include, exclude []string
		want             string
	}{
		"nothing asked":             {want: "[x] a.go a.txt build/x.go docs/a.md docs/build/y.go docs/sub/b.md lib.go/z"},
		"a name at any depth":       {include: []string{"*.go"}, want: "a.go build/x.go docs/build/y.go"},
		"tied to the argument":      {include: []string{"/*.go"}, want: "a.go"},
		"a way":                     {include: []string{"docs/*.md"}, want: "docs/a.md"},
		"across names":              {include: []string{"docs/**/*.md"}, want: "docs/a.md docs/sub/b.md"},
		"in a directory":            {include: []string{"docs/"}, want: "docs/a.md docs/build/y.go docs/sub/b.md"},
		"in a directory anywhere":   {include: []string{"build/"}, want: "build/x.go docs/build/y.go"},
		"in one at the top":         {include: []string{"/build/"}, want: "build/x.go"},
		"either":                    {include: []string{"*.{md,txt}"}, want: "a.txt docs/a.md docs/sub/b.md"},
		"several":                   {include: []string{"*.md", "a.*"}, want: "a.go a.txt docs/a.md docs/sub/b.md"},
		"a bracket itself":          {include: []string{`\[x]`}, want: "[x]"},
		"leading ./":                {include: []string{"./docs/a.md"}, want: "docs/a.md"},
		"without a name":            {exclude: []string{"*.go"}, want: "[x] a.txt docs/a.md docs/sub/b.md"},
		"without directories":       {exclude: []string{"*.go/"}, want: "[x] a.go a.txt build/x.go docs/a.md docs/build/y.go docs/sub/b.md"},
		"without one at the top":    {exclude: []string{"/build"}, want: "[x] a.go a.txt docs/a.md docs/build/y.go docs/sub/b.md lib.go/z"},
		"without one anywhere":      {exclude: []string{"build"}, want: "[x] a.go a.txt docs/a.md docs/sub/b.md lib.go/z"},
		"without all below":         {exclude: []string{"docs/**"}, want: "[x] a.go a.txt build/x.go lib.go/z"},
		"exclusion is the stronger": {include: []string{"*.go"}, exclude: []string{"build/"}, want: "a.go"},
		"nothing left":              {include: []string{"*.iso"}, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			paths, errs := walked(t, batch.WalkOptions{
				Paths: []string{"."}, Filter: batch.Filter{Include: test.include, Exclude: test.exclude},
			})
			require.Empty(t, errs)
			require.Equal(t, test.want, strings.Join(paths, " "))
		})
	}
}

// What was named is taken, whatever its name; the filter is for what is found.
func TestFilterOfArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "a.go", "a.txt", "build/x.go", "src/x.go")
	paths, errs := walked(t, batch.WalkOptions{
		Paths:  []string{"a.go", "./a.txt", "build/", "src", "build/..", "missing.txt"},
		Filter: batch.Filter{Include: []string{"*.go"}, Exclude: []string{"build"}},
	})
	require.Equal(t, []string{"a.go", "./a.txt", "build/x.go", "src/x.go", "build/../a.go", "build/../src/x.go"}, paths)
	require.Len(t, errs, 1, "a missing argument is missing, whatever its name")
}

// An excluded directory is not even opened, and counts once.
func TestFilterPrunes(t *testing.T) {
	t.Chdir(t.TempDir())
	plant(t, ".", "big/1", "big/2", "big/3/4", "a", "b")
	var left []string
	w, err := batch.NewWalk(batch.WalkOptions{
		Paths: []string{"."}, Filter: batch.Filter{Exclude: []string{"big", "b"}},
		OnSkip: func(path string, why batch.Skip) { left = append(left, path+" "+why.String()) },
	})
	require.NoError(t, err)
	require.NoError(t, w.Files(t.Context(), func(batch.File) error { return nil }))
	require.NoError(t, w.Close())
	require.ElementsMatch(t, []string{"big excluded", "b excluded"}, left)
	require.EqualValues(t, 2, w.Skipped(batch.SkipExcluded))
}

func TestFilterFaults(t *testing.T) {
	_, err := batch.NewWalk(batch.WalkOptions{Filter: batch.Filter{
		Include: []string{"ok", "[a-", "{a,b"}, Exclude: []string{"", "/", `x\`, "**"},
	}})
	require.EqualError(t, err, strings.Join([]string{
		`include pattern "[a-" is no glob: a bracket or brace is not closed, or a backslash ends it`,
		`include pattern "{a,b" is no glob: a bracket or brace is not closed, or a backslash ends it`,
		`exclude pattern "" is empty`,
		`exclude pattern "/" is empty`,
		`exclude pattern "x\\" is no glob: a bracket or brace is not closed, or a backslash ends it`,
	}, "\n"))
}
