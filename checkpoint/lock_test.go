package checkpoint_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

func TestLock(t *testing.T) {
	d, dir := openDirectory(t)
	l, err := checkpoint.Lock(t.Context(), d, "job")
	require.NoError(t, err)
	_, err = checkpoint.Lock(t.Context(), d, "job")
	require.ErrorIs(t, err, checkpoint.ErrLocked)
	require.EqualError(t, err, fmt.Sprintf(`job "job" is being run by process %d: wait for it, or stop it, and run again`, os.Getpid()))
	other, err := checkpoint.Lock(t.Context(), d, "another job")
	require.NoError(t, err)
	require.NoError(t, other.Unlock())
	require.NoError(t, l.Unlock())
	if runtime.GOOS != "windows" { // where an open file cannot be removed
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries, "nothing is left behind")
	}
	l, err = checkpoint.Lock(t.Context(), d, "job")
	require.NoError(t, err)
	require.NoError(t, l.Unlock())
}

func TestLockedError(t *testing.T) {
	require.EqualError(t, &checkpoint.LockedError{Job: "j"}, `job "j" is being run by another process: wait for it, or stop it, and run again`)
}

func TestLockRefuses(t *testing.T) {
	d, _ := openDirectory(t)
	for _, job := range []string{"", strings.Repeat("x", checkpoint.MaxID+1)} {
		_, err := checkpoint.Lock(t.Context(), d, job)
		require.ErrorContains(t, err, "id of the job")
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, err := checkpoint.Lock(ctx, d, "job")
	require.ErrorIs(t, err, why)
}

// A link would lead to a file that is not the one under the name, every time.
func TestLockRefusesLinks(t *testing.T) {
	d, dir := openDirectory(t)
	require.NoError(t, os.Symlink("elsewhere", fileOf(dir, "job", ".lock")))
	_, err := checkpoint.Lock(t.Context(), d, "job")
	require.ErrorIs(t, err, checkpoint.ErrCorrupt)
}

// Whoever holds the lock removes the file, and others have it open already or make
// a new one: there is still only one who holds it.
func TestLockIsHeldByOne(t *testing.T) {
	d, _ := openDirectory(t)
	var holders, taken atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			for taken.Load() < 500 && errs[i] == nil {
				l, err := checkpoint.Lock(t.Context(), d, "job")
				if errors.Is(err, checkpoint.ErrLocked) {
					continue
				}
				if err != nil {
					errs[i] = err
					return
				}
				if n := holders.Add(1); n != 1 {
					errs[i] = fmt.Errorf("%d hold the lock", n)
				}
				for range 10 { // long enough for another to come
					runtime.Gosched()
				}
				taken.Add(1)
				holders.Add(-1)
				errs[i] = errors.Join(errs[i], l.Unlock())
			}
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
}

const lockEnv = "PENSTOCK_TEST_LOCK"

// TestLockHolder is the process that TestLockOutlivesNobody kills.
func TestLockHolder(t *testing.T) {
	dir := os.Getenv(lockEnv)
	if dir == "" {
		t.Skip("it is run by another test")
	}
	d, err := disk.Open(dir)
	require.NoError(t, err)
	_, err = checkpoint.Lock(t.Context(), d, "job")
	require.NoError(t, err)
	fmt.Println("locked")
	<-time.After(time.Minute)
}

// The lock of a process that was killed is free, though its file is there.
func TestLockOutlivesNobody(t *testing.T) {
	d, dir := openDirectory(t)
	holder := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLockHolder$", "-test.v")
	holder.Env = append(os.Environ(), lockEnv+"="+dir)
	out, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "locked"; {
	}
	_, err = checkpoint.Lock(t.Context(), d, "job")
	locked, ok := errors.AsType[*checkpoint.LockedError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, checkpoint.LockedError{Job: "job", PID: holder.Process.Pid}, *locked)
	require.NoError(t, holder.Process.Kill())
	require.Error(t, holder.Wait())
	left, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	require.NoError(t, err)
	require.Len(t, left, 1)
	l, err := checkpoint.Lock(t.Context(), d, "job")
	require.NoError(t, err)
	require.NoError(t, l.Unlock())
}
