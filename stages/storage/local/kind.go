package local

import (
	"io/fs"

	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/storage"
)

// WrongKindError says what stands where something of another kind was wanted. It is
// not replaced.
type WrongKindError struct {
	// Mode and Want hold the type bits of what is there and of what was wanted.
	Mode, Want fs.FileMode
}

// Error names both kinds.
func (e *WrongKindError) Error() string {
	return "is " + storage.Kind(e.Mode) + ", not " + storage.Kind(e.Want)
}

// RetryClass is that of a file that is not there, as with [storage.NotRegularError].
func (*WrongKindError) RetryClass() retry.Class { return retry.Gone }
