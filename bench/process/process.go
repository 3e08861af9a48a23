// Package process measures programs: how long one takes, and the most memory that it
// holds. Call [Starter] first of all in main, and then [Run].
package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Sample is one finished process.
type Sample struct {
	Wall    time.Duration
	PeakRSS int64 // bytes; zero where the system does not say
}

// starter as the first argument makes a program run one command and print what it took.
// A process's peak memory begins at that of whoever started it, so the measured ones
// are started by one that holds nothing.
const starter = "-process-starter"

// Starter ends the program where it was started by [Run]. It must come before anything
// that takes memory.
func Starter() {
	if len(os.Args) < 4 || os.Args[1] != starter {
		return
	}
	if err := start(os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// start runs a command with its output in a file, and prints its nanoseconds and its
// peak memory.
func start(stdout string, args []string) error {
	out, err := os.OpenFile(stdout, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return err
	}
	fmt.Println(int64(time.Since(began)), peakRSS(cmd.ProcessState))
	return nil
}

// Run runs a command with its standard output in a file. What it says on standard error
// is in the error, where it fails.
func Run(ctx context.Context, stdout string, args ...string) (s Sample, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, self, append([]string{starter, stdout}, args...)...)
	cmd.Stderr = &said
	took, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	if _, err := fmt.Sscan(string(took), (*int64)(&s.Wall), &s.PeakRSS); err != nil {
		return s, fmt.Errorf("read %q: %w", took, err)
	}
	return s, nil
}

// Build compiles packages of this module as a user would, into a directory.
func Build(ctx context.Context, dir string, packages ...string) error {
	for _, pkg := range packages {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", dir, "github.com/penstock-go/penstock/"+pkg)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", pkg, err)
		}
	}
	return nil
}
