//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// statusRequests delivers a value whenever somebody asks for the state of the
// run with SIGUSR1.
func statusRequests() (<-chan os.Signal, func()) {
	asked := make(chan os.Signal, 1) // one: asking twice at once is asking once
	signal.Notify(asked, syscall.SIGUSR1)
	return asked, func() { signal.Stop(asked) }
}
