//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain runs the tests, or the command itself when it was started under its
// name by a script. What scripts need beside a shell are programs too, so that
// they can be put before the command, as env and nice are.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"penstock":  main,
		"as-nobody": asNobody,
		"meanwhile": meanwhile,
	})
}

// TestScripts runs testdata/script/*.txtar, one a behaviour of the command.
// Beside testscript's own they have
//
//	status N CMD ARGS…            run CMD, which must end with this exit code
//	mount DIR SIZE                put a small tmpfs there for the script
//	node fifo|socket|null PATH    make one; null is the device
//	crowd DIR N                   make a directory with N names, as long as they
//	                              may be, all of one empty file
//	as-nobody CMD ARGS…           run CMD as a user who may do nothing; where
//	                              the tests are not root's, as who they are
//	meanwhile WHEN SH CMD ARGS…   do something to CMD while it works
//	group BYTES                   make a control group with this limit of memory, and
//	                              set $GROUP to its directory
//
// and the conditions [root], [mount] and [group], the others for what root may do
// outside of containers only.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status,
			"mount":  mount,
			"node":   node,
			"crowd":  crowd,
			"group":  group,
		},
	})
}

// setUp gives every script the same environment, whoever runs the tests.
func setUp(env *testscript.Env) error {
	env.Setenv("GORACE", "atexit_sleep_ms=0") // by default a second for every command
	env.Setenv("LC_ALL", "C")                 // for sort and for what coreutils say
	bin, err := exec.LookPath("penstock")
	if err != nil {
		return err
	}
	// The directories of the commands and of the script are root's alone; nobody
	// has to find the way through them.
	for _, dir := range []string{filepath.Dir(filepath.Dir(bin)), filepath.Dir(env.WorkDir)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "mount":
		return mayMount(), nil
	case "group":
		dir, err := newGroup("0")
		_ = os.Remove(dir)
		return err == nil, nil
	case "race":
		return raceDetector, nil
	default:
		return false, fmt.Errorf("unknown condition %q", name)
	}
}

// mayMount finds out by doing it.
var mayMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "penstock-mount")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(dir) }()
	if exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run() != nil {
		return false
	}
	return exec.Command("umount", dir).Run() == nil
})

// status runs a command and insists on its exit code; one that a signal ended
// has the code that a shell gives it.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	if got := exitCode(err); got != want {
		ts.Fatalf("exit code %d, want %d (%v)", got, want, err)
	}
}

// exitCode is what a shell would call the end of a process; -1 says that it was
// never started.
func exitCode(err error) int {
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0
	case !ok:
		return -1
	}
	if state, ok := exit.Sys().(syscall.WaitStatus); ok && state.Signaled() {
		return exitSignal + int(state.Signal())
	}
	return exit.ExitCode()
}

func mount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mount dir size")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+args[1], "tmpfs", dir).CombinedOutput()
	if err != nil {
		ts.Fatalf("mount: %v: %s", err, out)
	}
	ts.Defer(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			ts.Logf("umount: %v: %s", err, out)
		}
	})
}

// newGroup makes a control group with this limit of memory, of either version.
func newGroup(bytes string) (dir string, err error) {
	for _, at := range []struct{ parent, limit string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"},
	} {
		dir = filepath.Join(at.parent, fmt.Sprint("penstock-test-", time.Now().UnixNano()))
		if err = os.Mkdir(dir, 0o755); err != nil {
			continue
		}
		if err = os.WriteFile(filepath.Join(dir, at.limit), []byte(bytes), 0o644); err == nil {
			return dir, nil
		}
		_ = os.Remove(dir)
	}
	return "", err
}

func group(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: group bytes")
	}
	dir, err := newGroup(args[0])
	ts.Check(err)
	ts.Defer(func() { _ = os.Remove(dir) })
	ts.Setenv("GROUP", dir)
}

func node(ts *testscript.TestScript, neg bool, args []string) {
	kinds := map[string]uint32{"fifo": syscall.S_IFIFO, "socket": syscall.S_IFSOCK, "null": syscall.S_IFCHR}
	if neg || len(args) != 2 || kinds[args[0]] == 0 {
		ts.Fatalf("usage: node fifo|socket|null path")
	}
	const null = 1<<8 | 3 // of Linux; the others take no notice of it
	device := 0
	if args[0] == "null" {
		device = null
	}
	ts.Check(syscall.Mknod(ts.MkAbs(args[1]), kinds[args[0]]|0o666, device))
}

func crowd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: crowd dir n")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	name := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%0255d", i)) }
	ts.Check(os.WriteFile(name(0), nil, 0o644))
	for i := range n - 1 { // links: new files take a hundred times as long on some disks
		ts.Check(os.Link(name(0), name(i+1)))
	}
}
