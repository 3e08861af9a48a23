package retry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// A copy that is cut off goes on from what has been recorded.
func ExampleDo() {
	const size = 100
	var recorded int64
	copyRest := func(context.Context) error {
		fmt.Println("from", recorded)
		if recorded == 0 {
			recorded = 40 // synced, and then the record
			return fmt.Errorf("read at 48: %w", syscall.ECONNRESET)
		}
		recorded = size
		return nil
	}
	options := retry.Options{
		Progress: func() int64 { return recorded },
		Notify: func(f retry.Failure) { // and the wait of some 500 ms is in f.Wait
			fmt.Printf("attempt %d: %v (%v)\n", f.Attempts, f.Err, f.Class)
		},
	}
	if err := retry.Do(context.Background(), options, copyRest); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(recorded, "of", size)
	// Output:
	// from 0
	// attempt 1: read at 48: connection reset by peer (network)
	// from 40
	// 100 of 100
}

// What is left when it has failed: a driver with its own patience, and what its
// caller makes of the error.
func ExampleGaveUpError() {
	impatient := func(c retry.Class) retry.Policy {
		p := c.Policy()
		p.Attempts, p.Base = 2, 10*time.Millisecond
		return p
	}
	for _, errno := range []error{syscall.ECONNRESET, syscall.ENOSPC, syscall.EINVAL} {
		err := retry.Do(context.Background(), retry.Options{Policy: impatient}, func(context.Context) error {
			return fmt.Errorf("write: %w", errno)
		})
		gaveUp, ok := errors.AsType[*retry.GaveUpError](err)
		switch {
		case ok:
			fmt.Println("run it again later:", gaveUp)
		case retry.Classify(err).EndsJob():
			fmt.Println("begin no other file:", err)
		default:
			fmt.Println("go on with the next file:", err)
		}
	}
	// Output:
	// run it again later: gave up after 2 attempts: write: connection reset by peer
	// begin no other file: write: no space left on device
	// go on with the next file: write: invalid argument
}

// statusError is what a server answered.
type statusError struct{ code int }

func (e *statusError) Error() string { return http.StatusText(e.code) }

// RetryClass tells what the system's numbers cannot.
func (e *statusError) RetryClass() retry.Class {
	switch e.code {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return retry.Network
	case http.StatusInsufficientStorage:
		return retry.Full
	}
	return retry.Unknown
}

// A driver says what its errors are.
func ExampleClassifier() {
	for _, code := range []int{http.StatusServiceUnavailable, http.StatusInsufficientStorage, http.StatusTeapot} {
		err := fmt.Errorf("put a.iso: %w", &statusError{code})
		fmt.Println(retry.Classify(err), "-", err)
	}
	// Output:
	// network - put a.iso: Service Unavailable
	// full - put a.iso: Insufficient Storage
	// unknown - put a.iso: I'm a teapot
}
