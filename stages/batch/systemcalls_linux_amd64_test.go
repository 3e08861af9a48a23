package batch_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// errnos are the faults as the kernel has them.
var errnos = []fault{
	{Errno: unix.EIO},
	{Errno: unix.ENOSPC},
	{Errno: unix.EDQUOT},
	{Errno: unix.EACCES},
	{Errno: unix.EROFS},
	{Errno: unix.EINTR},
	{Errno: unix.EMFILE},
	{Errno: unix.ESTALE},
	{Errno: unix.ETIMEDOUT},
	{short: true},
}

// trapping is set for the process that has the trap.
const trapping = "PENSTOCK_TEST_TRAP"

// Whatever system call on a file fails, or reads or writes less than it was to, at
// either end of a copy, under the state folder, in a sum or in the walk: either the run
// says so or everything is right, and the next run ends well.
//
// It runs in a process of its own, since the trap lasts.
func TestEverySystemCallFails(t *testing.T) {
	if os.Getenv(trapping) == "" {
		inOwnProcess(t)
		return
	}
	trap, err := newTrap()
	if err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	t.Run("trap", func(t *testing.T) { testTrap(t, trap) })
	points := 0
	for name, s := range scenarios {
		for i, fault := range errnos {
			t.Run(fmt.Sprintf("copy %s, %v", name, fault), func(t *testing.T) {
				points += s.trapEverywhere(t, trap, fault, i)
			})
		}
	}
	for i, fault := range errnos {
		t.Run(fmt.Sprintf("sum, %v", fault), func(t *testing.T) { points += sumEverywhere(t, trap, fault, i) })
	}
	t.Logf("%d points", points)
}

// inOwnProcess runs the test again in another process, and has its result.
func inOwnProcess(t *testing.T) {
	t.Helper()
	args := []string{"-test.run=^" + t.Name() + "$", "-test.v"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), trapping+"=1")
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		switch line = strings.TrimSpace(line); {
		case strings.Contains(line, "NOT RUN"):
			t.Skip(line)
		case strings.Contains(line, "points"):
			t.Log(line)
		}
	}
	require.NoError(t, err, "%s", out)
}

// trapEverywhere copies the scenario with the k-th call failing, for every k.
func (s scenario) trapEverywhere(t *testing.T, trap *trap, f fault, number int) (points int) {
	t.Helper()
	source, control := quickDir(t), newControl(t, 0)
	s.fill(t, source)
	for k := range calls(len(errnos), number) {
		hit := false
		synctest.Test(t, func(t *testing.T) {
			p := point{scenario: s, machine: s.fresh(t, source, quickDir(t), control)}
			var results []batch.CopyResult
			var err error
			calls := trap.during(k, f, func() { results, err = process{machine: p.machine}.run(t) })
			if hit = len(calls) >= k; hit {
				p.where = fmt.Sprintf("call %d of %d (%s)", k, len(calls), calls[k-1])
				p.leaves = calls[k-1] == "unlinkat"
			}
			p.check(t, results, err)
		})
		if !hit {
			break
		}
		points++
	}
	return points
}

// summing is a machine on which files are summed.
type summing struct {
	source, state string
	control       *stages.Control
	want          map[string][]byte
}

func newSumming(t *testing.T) *summing {
	t.Helper()
	s := &summing{source: quickDir(t), control: newControl(t, 0), want: map[string][]byte{}}
	fillTree(t, s.source)
	fillLarge(t, s.source)
	require.NoError(t, filepath.Walk(s.source, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			s.want[path] = digestOf(data)
		}
		return nil
	}))
	return s
}

// run sums all files, and stops at a record; 0 for none.
func (s *summing) run(t *testing.T, control *stages.Control, stopAt int) (results []batch.Summed, err error) {
	t.Helper()
	state, err := checkpoint.OpenDirectory(t.Context(), s.state)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	stop := make(chan struct{})
	h := &batch.Hashing{Options: batch.Options{Control: control, Stop: stop}, Resume: batch.Resume{
		Store: &closingAfter{Store: checkpoint.NewFileStore(state), left: stopAt, stop: stop},
		Marks: stages.Marks{Bytes: 192 << 10, Chunks: 1},
	}}
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{s.source}})
	require.NoError(t, err)
	defer walk.Close()
	err = batch.Sum(t.Context(), walk.Files, []digest.Algorithm{digest.XXH3}, h, func(r batch.Summed) error {
		results = append(results, r)
		return nil
	})
	require.Zero(t, control.Pool().Live())
	return results, err
}

// check wants no digest to be wrong, and none to be missing without a word.
func (s *summing) check(t *testing.T, results []batch.Summed, err error, where string) (all bool) {
	t.Helper()
	got := map[string][]byte{}
	all = err == nil
	for _, r := range results {
		if r.Err != nil {
			all = false
			continue
		}
		require.Equal(t, s.want[r.Path], r.Sums[0], "%s: %s", where, r.Path)
		got[r.Path] = r.Sums[0]
	}
	if all {
		require.Equal(t, s.want, got, where)
	}
	return all
}

// sumEverywhere sums with the k-th call failing, for every k. It goes on where an
// earlier run was interrupted.
func sumEverywhere(t *testing.T, trap *trap, f fault, number int) (points int) {
	t.Helper()
	s := newSumming(t)
	for k := range calls(len(errnos), number) {
		hit := false
		synctest.Test(t, func(t *testing.T) {
			s.state = quickDir(t)
			_, err := s.run(t, slowControl(t), 2)
			require.ErrorIs(t, err, stages.ErrStopped)
			var results []batch.Summed
			calls := trap.during(k, f, func() { results, err = s.run(t, s.control, 0) })
			where := "none"
			if hit = len(calls) >= k; hit {
				where = fmt.Sprintf("call %d of %d (%s)", k, len(calls), calls[k-1])
			}
			s.check(t, results, err, where)
			again, err := s.run(t, s.control, 0)
			require.True(t, s.check(t, again, err, where), "%s: the next run: %v", where, err)
			require.Empty(t, listed(checkpoint.NewFileStore(openDisk(t, s.state))), where)
		})
		if !hit {
			break
		}
		points++
	}
	return points
}
