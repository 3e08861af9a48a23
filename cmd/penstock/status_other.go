//go:build !unix

package main

import "os"

// statusRequests never delivers: this system has no SIGUSR1.
func statusRequests() (<-chan os.Signal, func()) { return nil, func() {} }
