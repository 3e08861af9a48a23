//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// become runs a command of this program in a directory, in the place of this
// process: signals that were meant for the one reach the other. It returns only
// where that was not possible.
func become(args []string, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return fmt.Errorf("go to the directory of the job: %w", err)
	}
	return syscall.Exec(self, append([]string{os.Args[0]}, args...), os.Environ()) //nolint:gosec // it is this program
}
