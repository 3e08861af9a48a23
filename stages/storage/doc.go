// Package storage says what both ends of a stream must do: a [Source] is read,
// a [Sink] is written, and neither knows of chunks, digests or files of the
// other kind.
//
// A driver is a folder beneath this one: local holds the file system. Every
// driver passes the one suite in storagetest. To read a source whole, note
// [Begin], read from OpenAt to the end, and hand what came to [Verify]:
//
//	before, err := storage.Begin(ctx, src)
//	r, err := src.OpenAt(ctx, 0)
//	n, err := io.Copy(w, r)
//	err = storage.Verify(ctx, src, before, n)
//
// # Abilities
//
// What only some drivers can do is an interface of its own, asked for by type
// assertion: [io.ReaderAt] for reading several places of one source at once,
// [io.Closer], [Rememberer], [Adviser], [Extents]; and of sinks [Grower].
//
// # Errors
//
// [ErrChanged] is the one that a caller branches on: the bytes that were read
// belong to no single version of the source, so that whatever was made of them
// is thrown away. [NotRegularError] says that there is something of that name,
// but nothing that has an end to read to. Both tell retry.Classify their class.
package storage
