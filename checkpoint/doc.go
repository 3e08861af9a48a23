// Package checkpoint says what has safely arrived, so that a stream which was
// interrupted continues where it was.
//
// A stream saves a [Record] from time to time, and asks [Recover] what it may do
// when it is begun again:
//
//	dir, err := checkpoint.OpenDirectory(ctx, path)
//	store := checkpoint.NewFileStore(dir)
//	record, err := store.Load(ctx, stream)
//	decision := checkpoint.Recover(&record, temp, final, source)
//
// A job of many files appends each one that is finished to a [Journal], and
// passes over it when it is run again; a [Lock] keeps two processes from running
// the same job. The package knows of no digests, no links and no network: digest
// states are bytes to it, and it looks at no file of the user's.
//
// # The order of things
//
// Nothing is recorded before it has happened, and what has been recorded would
// survive a power cut. For one stream, each step after the one before it has
// returned nil:
//
//  1. Make a temporary file beside the destination, under a name that was never
//     used before, and sync the directory: a power cut would take the name away,
//     and with it the bytes that were synced.
//  2. Write. Every so often sync the file, and save the record: COPYING, the offset,
//     and the digest states of exactly so many bytes.
//  3. At the end, when as many bytes were read as the source has, and the source is
//     what it was: set times and permissions, sync, and save SYNCED. Close the file.
//  4. Rename it, and save RENAMED.
//  5. Sync the directory, and save DONE.
//  6. Tell whoever asked: append to the journal and sync that.
//  7. Delete the record.
//
// Any number of files may share a sync of step 1, 3, 5 or 6. A file that is not
// worth a record takes the same steps and saves none; it needs no sync in step 1.
//
// After a sync that failed, the temporary file is done for: the kernel counts as
// clean what did not reach the medium, and the next sync says nil. The stream
// starts again, in a new file.
//
// # Ownership
//
// Whoever opens a directory closes it, after the journals and locks in it. Nothing
// that is given to a store or a journal is kept, and what they return is the
// caller's.
//
// # Errors
//
// [ErrNotFound], and every error that is [ErrUnusable], mean that there is no
// record: the stream starts anew, which is always safe. The latter is worth a
// warning. Any other error is the disk's.
//
// # Limits
//
// A record has at most [MaxSize] bytes, an id [MaxID]. Records and journals are
// kept for [Retention] and removed by Expire, never by themselves.
//
// An [Identity] is as good as the numbers that the file system gives. Where devices
// are numbered anew at every start of the machine, as with some network file
// systems, every source counts as changed after it. What somebody wrote into a
// temporary file behind our back, below the offset, is not noticed.
package checkpoint
