package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// The exit codes, which scripts rely on.
const (
	exitOK        = 0   // all is well
	exitMismatch  = 1   // a digest or a copy differs, a listed file is missing, or there is nothing to check or list
	exitUsage     = 2   // the command line is wrong
	exitPartial   = 3   // some sources could not be read; the rest is done
	exitTemporary = 4   // gave up on errors that may pass; the same command goes on
	exitFatal     = 5   // it cannot go on: disk full, denied, output closed
	exitSignal    = 128 // and the signal's number
	exitPipe      = exitSignal + int(syscall.SIGPIPE)
)

// exitMeanings are the codes as the help and the manual pages list them.
var exitMeanings = []struct{ code, means string }{
	{"0", "all is well"},
	{"1", "a digest or a copy differs, a listed file is missing, or nothing was there to check or list"},
	{"2", "the command line is wrong"},
	{"3", "some sources could not be read; the rest is done"},
	{"4", "gave up on errors that may pass; the same command goes on"},
	{"5", "it cannot go on: disk full, denied, output closed"},
	{"129, 130, 143", "stopped by SIGHUP, SIGINT or SIGTERM"},
	{"141", "nobody reads standard output any more"},
}

// exitTable is the list for a terminal.
func exitTable() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, "  %-14s %s\n", e.code, e.means)
	}
	return b.String()
}

// exitRoff is the section of a manual page.
func exitRoff() string {
	var b strings.Builder
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, ".TP\n%s\n%s\n", e.code, e.means)
	}
	return b.String()
}

// codeError ends the command with a code. Without an error in it, what had to
// be said has been said.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// failed ends the command with a code after its messages have been printed.
func failed(code int) error { return &codeError{code: code} }

// fatal ends the command because it cannot go on.
func fatal(err error) error { return &codeError{code: exitFatal, err: err} }

// usage ends the command because of how it was called.
func usage(format string, args ...any) error {
	return &codeError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// saidAll reports whether err is the last word, so that a summary after it would
// only bury it.
func saidAll(err error) bool {
	_, ok := errors.AsType[*codeError](err)
	return ok
}

// stoppedError is the cause of a context that a signal ended.
type stoppedError struct{ signal os.Signal }

// signalNames are as kill takes them and people say them: the system's own words
// for SIGTERM are "terminated".
var signalNames = map[os.Signal]string{
	os.Interrupt:    "interrupt (SIGINT)",
	syscall.SIGTERM: "SIGTERM",
	syscall.SIGHUP:  "SIGHUP",
}

func (e *stoppedError) Error() string {
	return "stopped by " + cmp.Or(signalNames[e.signal], e.signal.String())
}

func (e *stoppedError) code() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return exitSignal + int(s)
	}
	return exitSignal + int(syscall.SIGINT)
}

// exit says what is left to say about err and returns the exit code.
func (c *console) exit(err error) int {
	if stopped, ok := errors.AsType[*stoppedError](err); ok {
		c.say("%v; %s", stopped, c.howToGoOn())
		return stopped.code()
	}
	if err == nil {
		return exitOK
	}
	coded, ok := errors.AsType[*codeError](err)
	if !ok { // nobody knew what it would be: a panic, an I/O error in the midst of the work
		coded = &codeError{code: exitFatal, err: err}
	}
	if coded.err != nil {
		c.say("%s", sentence(strings.ReplaceAll(coded.err.Error(), "\n", "; ")))
	}
	return coded.code
}
