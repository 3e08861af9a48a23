//go:build unix

package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// linkOn makes a hard link and a symbolic one, each in place of an older, in a target
// on a failing disk.
func linkOn(t *testing.T, dir string, failing *disktest.Failing) (hard, symbolic error) {
	t.Helper()
	target, err := local.NewTarget(failing.Wrap(open(t, dir)).(disk.Tree), dir)
	if err != nil {
		return err, err
	}
	defer func() { _ = target.Close() }()
	found, _, err := target.Look(t.Context(), "a/file")
	if err != nil {
		return err, err
	}
	hard = target.Link(t.Context(), checkpoint.File{Path: "a/file", Identity: found.Identity}, "b/hard")
	symbolic = target.Symlink(t.Context(), "b/symbolic", "../a/file", local.Meta{})
	return hard, symbolic
}

// linkTo makes what linkOn finds.
func linkTo(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	plant(t, dir, "a/file", "b/hard")
	require.NoError(t, os.Symlink("old", filepath.Join(dir, "b/symbolic")))
	return dir
}

// Whichever call fails, and however much of it happened, both names lead to what they
// led to or to what they were to, the caller is told unless it is that, and nothing is
// left behind.
func TestLinksFailAtEveryCall(t *testing.T) {
	for _, extent := range []disktest.Extent{disktest.Nothing, disktest.Whole} {
		for k := 1; ; k++ {
			dir, failing := linkTo(t), &disktest.Failing{At: k, Err: syscall.EIO, Extent: extent}
			hard, symbolic := linkOn(t, dir, failing)
			if !failing.Hit() {
				require.NoError(t, hard)
				require.NoError(t, symbolic)
				require.Greater(t, k, 20)
				break
			}
			call := failing.Calls()[k-1]
			content, err := os.ReadFile(filepath.Join(dir, "b/hard"))
			require.NoError(t, err)
			to, err := os.Readlink(filepath.Join(dir, "b/symbolic"))
			require.NoError(t, err)
			require.Contains(t, []string{"a/file", "b/hard"}, string(content))
			require.Contains(t, []string{"old", "../a/file"}, to)
			require.True(t, hard != nil || string(content) == "a/file", call)
			require.True(t, symbolic != nil || to == "../a/file", call)
			if !strings.HasPrefix(call, "remove ") {
				require.Empty(t, unfinished(t, filepath.Join(dir, "b")), call)
			}
		}
	}
}
