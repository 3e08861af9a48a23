// Command penstock checksums, verifies and copies files and whole trees in constant
// memory, at the speed of the storage, and goes on inside a file after kill -9 or a
// power cut. `penstock help` lists what it does.
//
// Results go to standard output, everything else to standard error. It exits
// with 0 when all is well, 1 when a digest or a copy differs or a listed file is
// missing, 2 when the command line is wrong, 3 when some sources could not be read
// and the rest is done, 4 when it gave up on errors that may pass, 5 when it cannot
// go on, and 128 and its number when a signal stopped it.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/penstock-go/penstock/stages"
)

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// callGrace is how long a command may take when its time to stop is over. What then
// still goes on is a system call that cannot be interrupted: a read of a pipe
// that nobody writes to, a write to one that nobody reads, a server that is gone.
const callGrace = 400 * time.Millisecond

// undoGrace is how long taking away what is unfinished may take after that.
const undoGrace = 300 * time.Millisecond

// run is the whole command: it returns the exit code.
func run(args []string, std streams) int {
	ctx, stop, end := interruptible()
	defer end()
	con := newConsole(std.err)
	con.told = stop.told
	defer con.close()
	ended := make(chan error, 1) // one: left behind when nobody waits any more
	go func() {
		err := execute(ctx, args, std, con)
		if errors.Is(err, stages.ErrStopped) {
			err = stop.by.Load()
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		return con.exit(err)
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return con.exit(err)
	case <-time.After(callGrace):
	}
	undone := make(chan struct{})
	go func() {
		defer close(undone)
		con.undo()
	}()
	select {
	case err := <-ended:
		return con.exit(err)
	case <-undone:
	case <-time.After(undoGrace): // it waits for the same system call
	}
	return con.exit(context.Cause(ctx))
}

func execute(ctx context.Context, args []string, std streams, con *console) error {
	text := &sticky{Writer: std.out} // help, manual, completion
	root := newRoot(std, con)        //nolint:contextcheck // cobra hands ctx to the command that runs
	root.SetOut(text)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if text.err != nil {
		err = (&output{name: "standard output"}).failure(text.err)
	}
	return err
}
