package batch_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// faults are what a call may return that goes wrong.
var faults = []error{
	syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EROFS, syscall.EINTR, syscall.EMFILE,
	syscall.ESTALE, syscall.ETIMEDOUT, errors.New("short write"),
}

// scenario is something to copy, and how.
type scenario struct {
	fill func(t *testing.T, root string)
	set  func(*batch.Copying)
	// before is what an earlier process has done.
	before func(t *testing.T, m *machine)
	// old says that there is something else under each name.
	old bool
}

func fillLarge(t *testing.T, root string) {
	t.Helper()
	f, err := os.Create(filepath.Join(root, "large"))
	require.NoError(t, err)
	for _, offset := range []int64{0, 700 << 10} {
		_, err = f.WriteAt(pattern(350<<10+17), offset)
		require.NoError(t, err)
	}
	require.NoError(t, f.Truncate(1<<20+1), "with a hole in the middle and one at the end")
	require.NoError(t, f.Close())
}

// fillTree makes a tree with everything in it that a copy can keep.
func fillTree(t *testing.T, root string) {
	t.Helper()
	for _, dir := range []string{"a", "a/b", "a/b/c", "empty", "z"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o755))
	}
	for i, name := range []string{"a/0", "a/b/1", "a/b/c/2", "a/b/c/3", "z/4", "z/5", "6"} {
		path := filepath.Join(root, name)
		require.NoError(t, os.WriteFile(path, pattern(i*1000), 0o640))
		require.NoError(t, os.Chmod(path, os.FileMode(0o600+i)))
	}
	require.NoError(t, os.Link(filepath.Join(root, "a/b/1"), filepath.Join(root, "z/1")))
	require.NoError(t, os.Link(filepath.Join(root, "a/b/1"), filepath.Join(root, "z/one")))
	require.NoError(t, os.Symlink("b/1", filepath.Join(root, "a/link")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(root, "z/dangling")))
	if err := unix.Setxattr(filepath.Join(root, "z/4"), "user.origin", []byte("here"), 0); err != nil {
		require.ErrorIs(t, err, unix.ENOTSUP)
	}
	require.NoError(t, os.Chmod(filepath.Join(root, "a/b"), 0o700))
}

// fillFlat makes so many small files in one directory.
func fillFlat(n int) func(t *testing.T, root string) {
	return func(t *testing.T, root string) {
		t.Helper()
		for i := range n {
			require.NoError(t, os.WriteFile(filepath.Join(root, fmt.Sprint(i)), pattern(100+i), 0o640))
		}
	}
}

func keepAll(c *batch.Copying) {
	c.HardLinks = true
	c.Keep = local.KeepDefault | local.KeepAttributes | local.KeepOwner
}

var scenarios = map[string]scenario{
	"large": {fill: fillLarge, old: true},
	"resumed": {fill: fillLarge, before: func(t *testing.T, m *machine) {
		t.Helper()
		_, err := process{machine: m, stopAt: 2, slow: slowControl(t)}.run(t)
		require.ErrorIs(t, err, stages.ErrStopped)
		require.Positive(t, listed(checkpoint.NewFileStore(m.state))[0].Offset)
	}},
	"few":  {fill: fillFlat(2)}, // which are synced one by one
	"flat": {fill: fillFlat(6)},
	"tree": {fill: fillTree, set: keepAll},
	"replaced": {fill: fillTree, old: true, set: func(c *batch.Copying) {
		keepAll(c)
		c.Verify = batch.VerifyCache
	}},
	"job": {fill: fillTree, set: keepAll, before: func(t *testing.T, m *machine) {
		t.Helper()
		_, err := process{machine: m, exclude: []string{"5", "a/b/c"}}.run(t)
		require.NoError(t, err)
	}},
}

// quickDir is a directory where a sync takes no time, if there is such.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "penstock-test-") //nolint:usetesting // the test's own directory may be on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// fresh is a machine on which the scenario may begin.
func (s scenario) fresh(t *testing.T, source, statePath string, control *stages.Control) *machine {
	t.Helper()
	path := quickDir(t)
	if s.old {
		require.NoError(t, filepath.Walk(source, func(from string, info os.FileInfo, err error) error {
			require.NoError(t, err)
			rel, err := filepath.Rel(source, from)
			require.NoError(t, err)
			switch to := filepath.Join(path, rel); {
			case info.IsDir():
				return os.MkdirAll(to, 0o700)
			case info.Mode().IsRegular():
				return os.WriteFile(to, []byte(oldContent), 0o666)
			}
			return nil
		}))
	}
	m := &machine{source: source, path: path, statePath: statePath, control: control, set: s.set}
	m.to, m.state = openDisk(t, path), disktest.NewLosing()
	if statePath != "" {
		m.state = openDisk(t, statePath)
	}
	if s.before != nil {
		s.before(t, m)
	}
	return m
}

func openDisk(t *testing.T, path string) *disk.Root {
	t.Helper()
	d, err := disk.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

const oldContent = "what was there before"

// Whatever call fails while something is copied, on the disk or under the state
// folder, and however much of it happened: either the run says so, or everything is
// right; what it says is done is done; no name ever leads to a part of a file; and the
// next run ends well and leaves nothing behind.
func TestCopyFailsAtEveryCall(t *testing.T) {
	var points atomic.Int64
	t.Run("all", func(t *testing.T) {
		for name, s := range scenarios {
			for i, fault := range faults {
				t.Run(fmt.Sprintf("%s, %v", name, fault), func(t *testing.T) {
					t.Parallel()
					points.Add(s.failEverywhere(t, fault, i))
				})
			}
		}
	})
	t.Logf("%d points", points.Load())
	if os.Getenv(allFaults) != "" {
		require.GreaterOrEqual(t, points.Load(), int64(5000))
	}
}

// allFaults is set where every call is to fail, with every fault or as often as a test
// says: that takes minutes.
const allFaults = "PENSTOCK_ALL_FAULTS"

// brief says that less is tried than usual.
func brief() bool { return raceDetector || testing.Short() }

// calls yields those that are to fail with the fault of this number, for as long as
// there are such: each whole-th with allFaults, fewer without, and another for every
// fault.
func calls(whole, number int) iter.Seq[int] {
	step := whole
	if os.Getenv(allFaults) == "" {
		step *= 7 * len(faults)
		if brief() {
			step *= 3
		}
	}
	return func(yield func(int) bool) {
		for k := 1 + number*step/len(faults); yield(k); k += step {
		}
	}
}

// manners are the ways in which a call may fail.
var manners = []struct {
	extent  disktest.Extent
	lasting bool
}{
	{disktest.Nothing, false},
	{disktest.Half, false},
	{disktest.Whole, false},
	{disktest.Nothing, true},
	{disktest.Half, true},
	{disktest.Whole, true},
}

// failEverywhere calls the scenario with the k-th call failing, for every k.
func (s scenario) failEverywhere(t *testing.T, fault error, number int) (points int64) {
	t.Helper()
	source, control := quickDir(t), newControl(t, 0)
	s.fill(t, source)
	for k := range calls(1, number) {
		manner := manners[(k+number)%len(manners)]
		failing := &disktest.Failing{At: k, Err: fault, Extent: manner.extent, Lasting: manner.lasting}
		synctest.Test(t, func(t *testing.T) {
			m := s.fresh(t, source, "", control)
			results, err := process{machine: m, failing: failing}.run(t)
			p := point{scenario: s, machine: m}
			p.describe(failing)
			p.check(t, results, err)
		})
		if !failing.Hit() {
			break
		}
		points++
	}
	return points
}

// point is one call that failed.
type point struct {
	scenario
	*machine
	where string
}

func (p *point) describe(f *disktest.Failing) {
	p.where = fmt.Sprintf("call %d of %d (%s), extent %d, lasting %v", f.At, len(f.Calls()), f.Failed(), f.Extent, f.Lasting)
}

func (p point) check(t *testing.T, results []batch.CopyResult, err error) {
	t.Helper()
	p.checkNames(t)
	p.checkTold(t, results, err)

	again, err := process{machine: p.machine}.run(t)
	require.NoError(t, err, p.where)
	for _, r := range again {
		require.NoError(t, r.Err, "%s: the next run", p.where)
		require.NoError(t, r.Lost, "%s: the next run", p.where)
	}
	p.checkWhole(t, p.lost(t, results))
	require.Empty(t, unfinished(t, p.path), p.where)
	require.Empty(t, listed(checkpoint.NewFileStore(p.state)), p.where)
}

// lost are the names of those whose metadata was said to be lost, and of the same
// files. What is done stays so.
func (p point) lost(t *testing.T, results []batch.CopyResult) map[string]bool {
	t.Helper()
	all, firsts := portrait(t, p.source), map[string]bool{}
	for _, r := range results {
		if r.Err == nil && r.Lost != nil {
			firsts[all[r.Name].first] = true
		}
	}
	names := map[string]bool{}
	for name, l := range all {
		if firsts[l.first] {
			names[name] = true
		}
	}
	return names
}

// checkNames wants every final name to lead to the whole file, or the one before.
func (p point) checkNames(t *testing.T) {
	t.Helper()
	require.NoError(t, filepath.Walk(p.path, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		if !info.Mode().IsRegular() || isTemp(path) {
			return nil
		}
		rel, err := filepath.Rel(p.path, path)
		require.NoError(t, err)
		want, err := os.ReadFile(filepath.Join(p.source, rel))
		require.NoError(t, err)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		if p.old && string(got) == oldContent {
			return nil
		}
		if !bytes.Equal(want, got) {
			require.Fail(t, "a part of a file", "%s: %s has %d bytes, and not those of its original", p.where, rel, len(got))
		}
		return nil
	}))
}

// checkTold wants everything to be as was told, and everything to be told of.
func (p point) checkTold(t *testing.T, results []batch.CopyResult, err error) {
	t.Helper()
	want, got, lost := portrait(t, p.source), portrait(t, p.path), p.lost(t, results)
	all := err == nil
	for _, r := range results {
		if r.Err != nil {
			all = false
			continue
		}
		if r.Kind != batch.Directory && !lost[r.Name] {
			want, got := want[r.Name], got[r.Name]
			got.first = want.first // of which the others may have failed
			require.Equal(t, want, got, "%s: %s was said to be done", p.where, r.Name)
		}
	}
	if all {
		p.checkWhole(t, lost)
	}
}

// checkWhole wants the copy to be the original, but for the metadata of what is lost.
func (p point) checkWhole(t *testing.T, lost map[string]bool) {
	t.Helper()
	want, got := portrait(t, p.source), portrait(t, p.path)
	for name := range lost {
		require.Equal(t, want[name].content, got[name].content, "%s: %s", p.where, name)
		delete(want, name)
		delete(got, name)
	}
	require.Equal(t, want, got, p.where)
}

// unfinished are the temporary files below dir.
func unfinished(t *testing.T, dir string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		require.NoError(t, err)
		if isTemp(path) {
			found = append(found, path)
		}
		return nil
	}))
	return found
}
