package storage

import (
	"errors"
	"fmt"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/retry"
)

// ErrChanged is what errors.Is finds in every [ChangedError].
var ErrChanged = errors.New("storage: changed while reading")

// ChangedError says in what way a source did not hold still.
type ChangedError struct {
	Before, After checkpoint.Identity
	// Read is how many bytes came, which tells when both identities are equal:
	// the size is then no size, as with the files of /proc.
	Read int64
}

// Compare is nil when before and after are one version and read is its size,
// and a *[ChangedError] otherwise.
func Compare(before, after checkpoint.Identity, read int64) error {
	if before == after && read == after.Size {
		return nil
	}
	return &ChangedError{Before: before, After: after, Read: read}
}

// Error says what was before, what is now, and what to do about it.
func (e *ChangedError) Error() string {
	if e.Before == e.After {
		return fmt.Sprintf("its size says %d bytes, but reading gave %d: it is made up while it is read, "+
			"as in /proc and /sys; copy it to a disk and read the copy", e.Before.Size, e.Read)
	}
	return "changed while reading: " + e.difference() + "; run it again when nobody writes to it"
}

// Is makes every ChangedError an [ErrChanged].
func (e *ChangedError) Is(target error) bool { return target == ErrChanged }

// RetryClass keeps a reading from being tried again on a source that does not hold
// still: what came of it is thrown away, and a new stream decides anew.
func (*ChangedError) RetryClass() retry.Class { return retry.Changed }

func (e *ChangedError) difference() string {
	b, a := e.Before, e.After
	switch {
	case !b.SameFile(a):
		return "another file took its place"
	case b.Size != a.Size:
		return fmt.Sprintf("was %d bytes, now %d", b.Size, a.Size)
	case b.ModTime != a.ModTime:
		return "modified at " + b.Modified().UTC().Format(time.RFC3339Nano) +
			", now at " + a.Modified().UTC().Format(time.RFC3339Nano)
	default:
		return "its inode was changed: permissions, owner, links, or a write that put its time back"
	}
}
