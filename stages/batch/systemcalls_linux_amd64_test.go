package batch_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
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
	// Whoever answers the calls needs a P of the scheduler. Where all of them were held by
	// calls that waited for the answer, it was seen to wait for ever.
	// Nor may it wait for a thread that the runtime is about to start: the C library looks
	// up the number of processors for it, in a file, unless it has all its memory.
	cmd.Env = append(os.Environ(), trapping+"=1", "GOMAXPROCS=64", "MALLOC_ARENA_MAX=1")
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

// sumWith sums with its records in the folder of that path.
func (s *summing) sumWith(t *testing.T, path string, control *stages.Control, stopAt int) (results []batch.Summed, err error) {
	t.Helper()
	state, err := checkpoint.OpenDirectory(t.Context(), path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	return s.sum(t, checkpoint.NewFileStore(state), control, stopAt)
}

// sumEverywhere sums with the k-th call failing, for every k. It goes on where an
// earlier run was interrupted.
func sumEverywhere(t *testing.T, trap *trap, f fault, number int) (points int) {
	t.Helper()
	s := newSumming(t)
	for k := range calls(len(errnos), number) {
		hit := false
		synctest.Test(t, func(t *testing.T) {
			state := quickDir(t)
			_, err := s.sumWith(t, state, slowControl(t), 2)
			require.ErrorIs(t, err, stages.ErrStopped)
			var results []batch.Summed
			calls := trap.during(k, f, func() { results, err = s.sumWith(t, state, s.control, 0) })
			where := "none"
			if hit = len(calls) >= k; hit {
				where = fmt.Sprintf("call %d of %d (%s)", k, len(calls), calls[k-1])
			}
			s.check(t, results, err, where)
			again, err := s.sumWith(t, state, s.control, 0)
			require.True(t, s.check(t, again, err, where), "%s: the next run: %v", where, err)
			require.Empty(t, listed(checkpoint.NewFileStore(openDisk(t, state))), where)
		})
		if !hit {
			break
		}
		points++
	}
	return points
}
