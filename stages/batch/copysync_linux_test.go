package batch_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages"
)

// After a sync that failed what it was to sync is still shown, and a second one says
// nil: so no file is synced again. It is copied once more, into another one, or said to
// have failed; what is said to be done survives a power cut.
func TestCopyWritesAgainAfterAFailedSync(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, control := quickDir(t), newControl(t, 0)
			s.fill(t, source)
			points := 0
			for k := 1; ; k++ {
				hit := false
				synctest.Test(t, func(t *testing.T) { hit = s.failSync(t, source, control, k) })
				if !hit {
					break
				}
				points++
			}
			require.Greater(t, points, 3)
		})
	}
}

func isSync(call string) bool { return strings.HasPrefix(call, "sync") }

// syncAt is where the k-th sync is among the calls.
func syncAt(calls []string, k int) int {
	return slices.IndexFunc(calls, func(call string) bool {
		if isSync(call) {
			k--
		}
		return k == 0
	})
}

// failSync fails the k-th sync, if there are as many.
func (s scenario) failSync(t *testing.T, source string, control *stages.Control, k int) bool {
	t.Helper()
	l := losingOf(t, s, source, control)
	if s.before != nil {
		s.before(t, l.machine)
	}
	failing := &disktest.Failing{At: k, Err: syscall.EIO, Only: isSync}
	results, err := process{machine: l.machine, failing: failing}.run(t)
	failed, calls := failing.Failed(), failing.Calls()
	where := fmt.Sprintf("sync %d (%s)", k, failed)
	if failed == "" {
		require.NoError(t, err)
		l.checkTold(t, results, where)
		return false
	}
	if !strings.HasSuffix(failed, " .") { // of which there are several
		require.NotContains(t, calls[syncAt(calls, k)+1:], failed, "synced again")
	}
	for seed := range uint64(3) {
		after := l.powerCut(seed)
		after.checkNames(t, where)
		after.checkTold(t, results, where)
		after.finish(t, where)
	}
	return true
}
