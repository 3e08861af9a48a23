package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// ErrNotFound is what Load returns where there is no record of that id.
var ErrNotFound = errors.New("checkpoint: no such record")

// Store keeps the last record of every stream. Its methods may be used by several
// goroutines at once; those on one stream come one after another.
//
// Each ends with the cause of ctx where that was cancelled before it began.
type Store interface {
	// Load is the record of a stream. The error is [ErrNotFound], or one that is
	// [ErrUnusable], and in both cases the stream starts anew; any other says that
	// the store cannot be read.
	Load(ctx context.Context, stream string) (Record, error)

	// Save puts r in place of the stream's record. Once it has returned nil the
	// new one would survive a power cut. Where it returns an error, there is the
	// old one or the new one, and nothing in between.
	Save(ctx context.Context, r Record) error

	// Delete removes the record of a stream. Once it has returned nil the record
	// does not come back. There need not be one.
	Delete(ctx context.Context, stream string) error

	// List yields all records, in no order. An error that is [ErrUnusable] is about
	// one of them, and the others follow; any other is the last of the loop. What
	// is saved or deleted meanwhile may be listed or not.
	List(ctx context.Context) iter.Seq2[Record, error]
}

// begin is how every method of a store begins.
func begin(ctx context.Context, stream string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return checkID("stream", stream, 1)
}

// storeError says what was done to whose record, and what follows.
func storeError(verb, stream string, err error) error {
	switch {
	case err == nil:
		return nil
	case verb == "load" && errors.Is(err, ErrUnusable):
		return fmt.Errorf("load record of %q: %w; it is not used, and the stream starts again", stream, err)
	default:
		return fmt.Errorf("%s record of %q: %w", verb, stream, err)
	}
}

// endsList reports whether an error of one record is the last thing listed.
func endsList(err error) bool { return err != nil && !errors.Is(err, ErrUnusable) }
