package bench_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/penstock-go/penstock"

// floor is a package's place in the house: it may import what stands on a
// lower floor, and of its own floor only what beside names.
type floor struct {
	level  int
	beside []string
}

// floors is the house. A folder beneath another is not part of it, so every
// package has a row of its own.
var floors = map[string]floor{
	"cmd/penstock": {level: 5},

	"bench":         {level: 4, beside: []string{"bench/process"}},
	"bench/compare": {level: 4, beside: []string{"bench", "bench/process"}},
	"bench/control": {level: 4, beside: []string{"bench", "bench/corpus", "bench/process", "bench/proof"}},
	"bench/corpus":  {level: 4},
	"bench/loops":   {level: 4},
	"bench/page":    {level: 4, beside: []string{"bench", "bench/plot"}},
	"bench/plot":    {level: 4},
	"bench/process": {level: 4},
	"bench/proof":   {level: 4},
	"bench/scale":   {level: 4, beside: []string{"bench", "bench/corpus", "bench/plot", "bench/process"}},
	"bench/survive": {level: 4, beside: []string{"bench/proof"}},

	"stages/batch": {level: 3},

	"stages":                     {level: 2},
	"stages/storage/local":       {level: 2},
	"stages/storage/storagetest": {level: 2},

	"pipeline":                  {level: 1},
	"stages/digest":             {level: 1},
	"stages/manifest":           {level: 1, beside: []string{"stages/digest"}},
	"stages/storage":            {level: 1},
	"checkpoint/disk/disktest":  {level: 1},
	"checkpoint/checkpointtest": {level: 1},

	"pressure":         {level: 0},
	"sizing":           {level: 0},
	"checkpoint":       {level: 0, beside: []string{"checkpoint/disk"}},
	"checkpoint/disk":  {level: 0},
	"pipeline/cleanup": {level: 0},
	"pipeline/retry":   {level: 0},
}

// homes are the only folders in which a third party's package is imported, so
// that replacing it is the work of one folder.
var homes = map[string][]string{
	"github.com/shirou/gopsutil/v3": {"pressure"},
	"github.com/sourcegraph/conc":   {"pipeline", "stages"},
	"golang.org/x/sync":             {"pipeline", "stages", "bench"},
	"golang.org/x/time":             {"pressure"},
	"lukechampine.com/blake3":       {"stages/digest"},
	"github.com/zeebo/xxh3":         {"stages/digest"},
	"github.com/cespare/xxhash":     {"stages/digest"},
	"golang.org/x/crypto":           {"stages/digest"},
	"github.com/bmatcuk/doublestar": {"stages/batch"},
	"github.com/cenkalti/backoff":   {"pipeline/retry"},
	"github.com/spf13":              {"cmd"},
	"golang.org/x/term":             {"cmd"},
}

// The imports are parsed here and not asked of `go list`: a test that shells
// out is served from the test cache after the tree has changed.
func TestImportsGoDownTheFloors(t *testing.T) {
	for dir, files := range packages(t) {
		own, ok := floors[dir]
		require.True(t, ok, "package %s has no floor; give it one in bench/floors_test.go and in the design", dir)
		for _, file := range files {
			for _, spec := range file.Imports {
				target, err := strconv.Unquote(spec.Path.Value)
				require.NoError(t, err)
				checkImport(t, dir, own, target)
			}
		}
	}
}

func checkImport(t *testing.T, dir string, own floor, target string) {
	t.Helper()
	for party, folders := range homes {
		if target == party || strings.HasPrefix(target, party+"/") {
			atHome := slices.ContainsFunc(folders, func(home string) bool {
				return dir == home || strings.HasPrefix(dir, home+"/")
			})
			require.True(t, atHome, "%s imports %s, whose home is %v", dir, target, folders)
		}
	}
	below, ours := strings.CutPrefix(target, module+"/")
	if !ours || slices.Contains(own.beside, below) {
		return
	}
	other, ok := floors[below]
	require.True(t, ok, "%s imports %s, which has no floor", dir, below)
	require.Less(t, other.level, own.level, "%s imports %s: imports go down only", dir, below)
}

// A floor that no package stands on is a wish.
func TestEveryFloorHasItsPackage(t *testing.T) {
	built := packages(t)
	for dir := range floors {
		_, ok := built[dir]
		require.True(t, ok, "%s has a floor but no package", dir)
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for dir, files := range packages(t) {
		var docs []string
		start := "Package " + path.Base(dir) + " "
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if doc := files[name].Doc; doc != nil {
				docs = append(docs, doc.Text())
			}
			if files[name].Name.Name == "main" {
				start = "Command " + path.Base(dir) + " "
			}
		}
		require.Len(t, docs, 1, "package %s wants exactly one package comment", dir)
		require.True(t, strings.HasPrefix(docs[0], start), "the comment of %s begins with %q", dir, start)
	}
}

// packages parses every non-test file of the module, for every operating
// system, by folder and then by file name.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	root := ".."
	found := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && skipDir(name, d):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		if found[dir] == nil {
			found[dir] = map[string]*ast.File{}
		}
		found[dir][d.Name()] = file
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// skipDir leaves out what the go command leaves out: hidden folders, testdata
// and nested modules.
func skipDir(name string, d fs.DirEntry) bool {
	if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
		return true
	}
	nested, err := filepath.Glob(filepath.Join(name, "go.mod"))
	return err == nil && len(nested) > 0
}
