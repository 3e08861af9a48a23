package retry_test

import (
	"fmt"
	"net/http"

	"github.com/penstock-go/penstock/pipeline/retry"
)

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
