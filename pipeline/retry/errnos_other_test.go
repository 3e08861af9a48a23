//go:build !windows

package retry_test

import (
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// On Windows low numbers mean something else.
func TestClassifyOtherNumbersAreUnknown(t *testing.T) {
	for errno := range syscall.Errno(200) { // Linux has 133, darwin 106
		if _, known := errnos[errno]; !known {
			require.Equal(t, retry.Unknown, retry.Classify(&fs.PathError{Err: errno}), "%d: %v", errno, errno)
		}
	}
}
