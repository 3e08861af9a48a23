// Command penstock checksums and verifies files and whole trees, in constant
// memory and at the speed of the storage. `penstock help` lists what it does.
//
// Results go to standard output, everything else to standard error. It exits
// with 0 when all is well, 1 on a mismatch or a missing file, 2 when the
// command line is wrong, 3 when some sources could not be read and the rest is
// done, 5 when it cannot go on, and 130 or 143 when a signal stopped it.
package main

import (
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// streams are the three that a process has.
type streams struct {
	in       io.Reader
	out, err *os.File
}

// run is the whole command: it returns the exit code.
func run(args []string, std streams) int {
	ctx, stop := interruptible()
	defer stop()
	con := newConsole(std.err)
	defer con.close()
	root := newRoot(std, con)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return con.exit(err)
}
