package pipeline

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/sourcegraph/conc/panics"
)

// ErrStop is the cause of a stage's context once nobody wants its output any
// more. It travels upward, from a consumer that left to the sources, and is
// not an error: a stage that returns it ends as if it had returned nil. A
// function given to [Map] or [Each] may return it to say "enough".
var ErrStop = errors.New("pipeline: nobody wants the output")

// How a link answers its consumer when it has no item. They never leave the
// package.
var (
	errEnd   = errors.New("pipeline: end of stream")
	errAlarm = errors.New("pipeline: the consumer's alarm went off")
)

// errGoexit is the Value of the PanicError of a stage that called
// runtime.Goexit, as testing.T.FailNow does.
var errGoexit = errors.New("runtime.Goexit called")

// StageError is the failure of one stage. It is what Run returns, and the
// cause of every context below the pipeline.
type StageError struct {
	Stage string // the name given to From, Via, Map, …
	Err   error  // what the stage returned, or a *PanicError
}

func (e *StageError) Error() string { return e.Stage + ": " + e.Err.Error() }
func (e *StageError) Unwrap() error { return e.Err }

// PanicError is a panic, or a call of runtime.Goexit, in a function that the
// pipeline was given. The process lives; the run ends.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // of the goroutine that panicked, as debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the panic's value where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// guard calls f and then, exactly once and whatever f does, ended with the
// outcome. It is not written as a function that returns the error because
// after runtime.Goexit only deferred calls still run.
func guard(f func() error, ended func(error)) {
	var err error
	exited := true
	defer func() {
		if exited {
			err = &PanicError{Value: errGoexit, Stack: debug.Stack()}
		}
		ended(err)
	}()
	if r := panics.Try(func() { err = f() }); r != nil {
		err = &PanicError{Value: r.Value, Stack: r.Stack}
	}
	exited = false
}

// isOnly reports whether err, however wrapped, holds nothing but targets.
// errors.Is is not enough: errors.Join(ErrStop, file.Close()) is ErrStop to
// it, and the failure of Close would be lost.
func isOnly(err error, targets ...error) bool {
	if slices.Contains(targets, err) {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // the chain is walked here, and a join must not match by one part
	case interface{ Unwrap() []error }:
		parts := e.Unwrap()
		for _, part := range parts {
			if !isOnly(part, targets...) {
				return false
			}
		}
		return len(parts) > 0
	case interface{ Unwrap() error }:
		return isOnly(e.Unwrap(), targets...)
	}
	return false
}
