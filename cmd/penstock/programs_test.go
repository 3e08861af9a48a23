//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// nobody is the user and group that owns nothing, on Linux and on macOS.
const nobody = 65534

// asNobody runs a command without root's privileges: root may read everything,
// so that "unreadable" would not be tested. Others may do little enough.
func asNobody() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	finish(cmd.Run())
}

// finish ends a program as the command that it ran has ended.
func finish(err error) {
	code := exitCode(err)
	if code < 0 {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// patience is how long a command may work on after what was done to it. A
// person who pressed Ctrl-C, and then nothing for two seconds, would reach for
// another terminal.
const patience = 2 * time.Second

// meanwhile does something to a command in the midst of its work:
//
//	meanwhile WHEN SCRIPT CMD ARGS…
//
// runs the shell's SCRIPT, which finds the command's process in $PID, as soon as
// the command has the file WHEN open; or, where WHEN is "reading", as soon as
// it has read from a standard input of which more never comes; or, where it is
// "writing", as soon as the standard output, of which nobody reads any more, is
// full. It ends as the command does, says so where a signal ended it, and gives
// up on a command that is still there two seconds later.
func meanwhile() {
	when, script := os.Args[1], os.Args[2]
	cmd := exec.Command(os.Args[3], os.Args[4:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	wait := due(cmd, when)
	check(cmd.Start())
	ended := make(chan error, 1) // one: nobody may wait for it any more
	go func() { ended <- cmd.Wait() }()
	check(wait(cmd.Process.Pid))
	sh := exec.Command("sh", "-c", script)
	sh.Env = append(os.Environ(), fmt.Sprint("PID=", cmd.Process.Pid))
	sh.Stdout, sh.Stderr = os.Stdout, os.Stderr
	check(sh.Run())
	select {
	case err := <-ended:
		if code := exitCode(err); err != nil && cmd.ProcessState.ExitCode() < 0 {
			fmt.Fprintf(os.Stderr, "meanwhile: a signal ended it: %d\n", code-exitSignal)
		}
		finish(err)
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		check(fmt.Errorf("it still runs after %v", patience))
	}
}

// due prepares the command, and returns what waits until the moment has come.
func due(cmd *exec.Cmd, when string) func(pid int) error {
	switch when {
	case "reading":
		r, w := pipe()
		cmd.Stdin = r
		return func(int) error {
			// More than a pipe holds: once it is written, some of it was read.
			_, err := w.Write(make([]byte, 1<<20))
			return err
		}
	case "writing":
		_, w := pipe()
		cmd.Stdout = w
		return func(int) error { return eventually(func() bool { return full(w) }) }
	default:
		path, err := filepath.Abs(when)
		check(err)
		path, err = filepath.EvalSymlinks(path)
		check(err)
		return func(pid int) error { return eventually(func() bool { return hasOpen(pid, path) }) }
	}
}

// held are the ends of the pipes: the collector would close what nobody names.
var held []*os.File

func pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	check(err)
	held = append(held, r, w)
	return r, w
}

// full reports whether a writer to the pipe has to wait.
func full(w *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(w.Fd()), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return n == 0 && err == nil
}

func hasOpen(pid int, path string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	fds, _ := os.ReadDir(dir)
	for _, fd := range fds {
		if target, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && target == path {
			return true
		}
	}
	return false
}

func eventually(what func() bool) error {
	for range 10_000 {
		if what() {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("it did not come to that: %s", strings.Join(os.Args, " "))
}

// check ends a program that cannot do what a script wants of it, with a code
// that no command has.
func check(err error) {
	if err != nil {
		_, _ = io.WriteString(os.Stderr, "meanwhile: "+err.Error()+"\n")
		os.Exit(99)
	}
}
