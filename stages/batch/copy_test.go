package batch_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// copier copies trees into a directory of its own.
type copier struct {
	*batch.Copying
	to string
}

func newCopier(t *testing.T, to string) *copier {
	t.Helper()
	target, err := local.OpenTarget(t.Context(), to)
	require.NoError(t, err)
	scope := new(cleanup.Scope)
	t.Cleanup(func() {
		require.NoError(t, scope.Close(context.Background()))
		require.NoError(t, target.Close())
	})
	return &copier{&batch.Copying{
		Options: batch.Options{Control: newControl(t, 0)}, Target: target, Scope: scope,
		Algorithms: []digest.Algorithm{digest.SHA256},
		Resume:     batch.Resume{Store: new(checkpoint.MemoryStore)},
		Place: func(f batch.File) string {
			if f.Below() == "" && f.Kind == batch.RegularFile {
				return filepath.Base(f.Path)
			}
			if f.Below() == "" {
				return "."
			}
			return f.Below()
		},
	}, to}
}

func (c *copier) copy(t *testing.T, paths ...string) ([]batch.CopyResult, error) {
	t.Helper()
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: paths, Directories: true, Links: true})
	require.NoError(t, err)
	defer walk.Close()
	var results []batch.CopyResult
	err = batch.Copy(t.Context(), walk.Files, c.Copying, func(r batch.CopyResult) error {
		results = append(results, r)
		return nil
	})
	require.Zero(t, c.Control.Pool().Live())
	require.Zero(t, c.Active.Load())
	return results, err
}

// tree is what there is below a directory: path and digest, target or nothing, with
// mode and time.
func tree(t *testing.T, root string) (lines []string) {
	t.Helper()
	require.NoError(t, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		rel, _ := filepath.Rel(root, path)
		var what string
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			what = fmt.Sprintf("%x %v", sha256.Sum256(data), info.ModTime().UnixNano())
		case info.Mode()&os.ModeSymlink != 0:
			what, _ = os.Readlink(path)
		default:
			what = fmt.Sprint(info.ModTime().UnixNano())
		}
		lines = append(lines, fmt.Sprint(rel, " ", info.Mode(), " ", what))
		return nil
	}))
	return lines
}

// As many copies are read back at once as streams may run. They wait for the rate,
// and so for each other.
func TestCopyReadsBackAsManyAsStreamsMayRun(t *testing.T) {
	root := t.TempDir()
	for i := range 12 {
		require.NoError(t, os.WriteFile(filepath.Join(root, fmt.Sprint(i)), pattern(64<<10), 0o600))
	}
	c := newCopier(t, t.TempDir())
	c.Verify = batch.VerifyCache
	c.Control.SetStreams(1)
	require.NoError(t, c.Control.Limiter().Set(pressure.Rates{Bytes: 2 << 20}))
	ctx, stop := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	defer watch.Wait()
	defer stop()
	most := 0
	watch.Go(func() {
		for ctx.Err() == nil {
			most = max(most, c.Control.Metrics().Active)
			time.Sleep(time.Millisecond)
		}
	})
	_, err := c.copy(t, root)
	require.NoError(t, err)
	stop()
	watch.Wait()
	require.Positive(t, most)
	require.LessOrEqual(t, most, 2, "one that is copied, and one that is read back")
}

func TestCopyOfATree(t *testing.T) {
	for _, verify := range []batch.Verify{batch.VerifyMedium, batch.VerifyCache, batch.VerifyNone} {
		root, want := writeTree(t)
		require.NoError(t, os.Mkdir(filepath.Join(root, "empty"), 0o750))
		require.NoError(t, os.Symlink("dir0/file0", filepath.Join(root, "link")))
		require.NoError(t, os.Symlink("nowhere", filepath.Join(root, "dir1", "dangling")))
		require.NoError(t, os.WriteFile(filepath.Join(root, "new\nline"), []byte("x"), 0o640))
		to := filepath.Join(t.TempDir(), "a", "b")
		c := newCopier(t, to)
		c.Verify = verify
		results, err := c.copy(t, root)
		require.NoError(t, err)
		files := 0
		for _, r := range results {
			require.NoError(t, r.Err, r.Path)
			require.NoError(t, r.Lost)
			if sum, ok := want[r.Path]; ok {
				files++
				require.Equal(t, batch.Copied, r.Outcome)
				require.Equal(t, sum, fmt.Sprintf("%x", r.Sums[0]))
			}
		}
		require.Equal(t, len(want), files)
		require.Equal(t, tree(t, root), tree(t, to))
		if verify == batch.VerifyNone {
			require.Zero(t, c.Reread.Load())
		} else {
			require.Equal(t, c.Arrived.Load(), c.Reread.Load())
		}
		require.Empty(t, listed(c.Resume.Store), "no record is left")
		require.NotContains(t, strings.Join(tree(t, to), "\n"), "penstock-")
	}
}
