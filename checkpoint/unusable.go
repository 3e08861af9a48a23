package checkpoint

import (
	"errors"
	"fmt"
)

// ErrUnusable is what errors.Is finds in every error that means: there is
// something, but it is not to be trusted. Ignoring it is always safe. A stream
// without its record starts again, and a job without its journal reads again what
// it has done.
var ErrUnusable = errors.New("checkpoint: unusable")

// Why a record is not used, by Load and List of a [Store], or a journal by
// [OpenJournal]. Each is an [ErrUnusable].
var (
	// ErrCorrupt says that the bytes are not those that were written, or never
	// were a record.
	ErrCorrupt error = unusableError("checkpoint: damaged")
	// ErrVersion says that a later version of Penstock has written it.
	ErrVersion error = unusableError("checkpoint: of a later version")
	// ErrForeign says that it is whole, but another stream's or another job's.
	ErrForeign error = unusableError("checkpoint: of another stream or job")
	// ErrTooLarge says that it has more than [MaxSize] bytes. Save returns it too,
	// and then nothing was saved.
	ErrTooLarge error = unusableError("checkpoint: too large")
	// ErrOwner says that somebody else may have written it: it belongs to another
	// user, or others may write to it. [OpenDirectory] returns it for the whole
	// directory.
	ErrOwner error = unusableError("checkpoint: not ours alone")
)

type unusableError string

// Error is the reason in a few words.
func (e unusableError) Error() string { return string(e) }

// Is makes each of them an [ErrUnusable].
func (e unusableError) Is(target error) bool { return target == ErrUnusable }

// refuse is one of the errors above with what was found.
func refuse(reason error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", reason, fmt.Sprintf(format, args...))
}
