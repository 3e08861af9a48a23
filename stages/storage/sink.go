package storage

import "context"

// Sink is one thing to write. Nothing stands under the final name until Commit
// has returned nil; then everything does.
//
// WriteAt may be called from several goroutines for ranges that do not overlap, and
// Sync beside it. The other two are the owner's, after the writes have returned. A
// sink is ended by Commit or Abort, and `defer sink.Abort(ctx)` is always right.
type Sink interface {
	// WriteAt stores p at offset. It keeps nothing of p. n < len(p) comes with
	// an error.
	WriteAt(ctx context.Context, p []byte, offset int64) (n int, err error)

	// Sync returns nil once all writes that had returned when it was called would
	// survive a power cut, though still under no final name. After an error the sink cannot be
	// committed, however often Sync is called again: the pages that did not
	// reach the disk may be gone, and a second sync would say that all is well.
	Sync(ctx context.Context) error

	// Commit syncs and then gives the data its final name, at once and lastingly.
	// Where it returns an error, what stood under that name before still does,
	// except where the error says otherwise.
	Commit(ctx context.Context) error

	// Abort removes what was written. It may follow anything, Commit and itself
	// too, and then does nothing. It is given a ctx that a cancelled run has not
	// cancelled: context.WithoutCancel.
	Abort(ctx context.Context) error
}

// Grower is a Sink that takes what was not written for a hole, which reads as zeros.
type Grower interface {
	// Grow makes what was written at least size bytes long. It comes, where the last of
	// them are a hole, before the Sync that makes so many bytes safe, and when all has
	// been written.
	Grow(ctx context.Context, size int64) error
}
