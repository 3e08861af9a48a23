package local

import (
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/storage"
)

// changedError says that somebody changed something behind our back; errors.Is finds
// storage.ErrChanged in it.
type changedError string

const (
	// errSwapped is between the look and the opening.
	errSwapped changedError = "changed while opening: another file took its place; run it again when nobody writes to it"
	errTaken   changedError = "changed meanwhile: another file took its place; run it again when nobody writes to it"
	errMoved   changedError = "changed meanwhile: the directory has been moved; run it again when nobody touches it"
)

func (e changedError) Error() string { return string(e) }

func (changedError) Is(target error) bool { return target == storage.ErrChanged }

// RetryClass is that of every change.
func (changedError) RetryClass() retry.Class { return retry.Changed }
