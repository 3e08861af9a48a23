package storage

import (
	"io/fs"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// NotRegularError says what stands where a regular file was wanted.
type NotRegularError struct {
	// Mode holds the type bits of what is there.
	Mode fs.FileMode
}

// Error names the kind, in the words of ls and find.
func (e *NotRegularError) Error() string {
	return "is " + Kind(e.Mode) + ", not a regular file"
}

// RetryClass is that of a file that is not there, since nothing is that could be read.
func (*NotRegularError) RetryClass() retry.Class { return retry.Gone }

// Kind is the type bits of mode in words, with their article.
func Kind(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "a regular file"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeNamedPipe:
		return "a FIFO"
	case fs.ModeSocket:
		return "a socket"
	case fs.ModeDevice:
		return "a block device"
	case fs.ModeDevice | fs.ModeCharDevice:
		return "a character device"
	default:
		return "something unknown to this system"
	}
}
