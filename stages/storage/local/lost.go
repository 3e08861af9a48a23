package local

import (
	"strings"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// LostError says what of a file's metadata could not be read or set. The bytes are
// not touched by it, and everything that it does not name is as it was to be: the
// caller decides whether that is good enough.
type LostError struct {
	Lost []Loss
}

// Loss is one thing that was lost.
type Loss struct {
	// What is "permissions", "times", "owner", "setuid and setgid", "attributes", or
	// "attribute" and its name.
	What string
	Err  error
}

// Error names all that was lost, and why.
func (e *LostError) Error() string {
	var b strings.Builder
	b.WriteString("could not keep ")
	for i, l := range e.Lost {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(l.What + ": " + l.Err.Error())
	}
	return b.String()
}

// Unwrap is what the system said of each.
func (e *LostError) Unwrap() []error {
	errs := make([]error, len(e.Lost))
	for i, l := range e.Lost {
		errs[i] = l.Err
	}
	return errs
}

// RetryClass is that nothing is known: an attribute for which a file has no more
// room is ENOSPC, and the disk is far from full.
func (*LostError) RetryClass() retry.Class { return retry.Unknown }

// losses are collected from one call after another.
type losses []Loss

// note keeps err, if it is one, and reports whether it is none.
func (l *losses) note(what string, err error) bool {
	if err == nil {
		return true
	}
	*l = append(*l, Loss{What: what, Err: cause(err)})
	return false
}

func (l losses) err() error {
	if len(l) == 0 {
		return nil
	}
	return &LostError{Lost: l}
}
