// Package stages is the way of a chunk of bytes: read, size, throttle,
// checksum, sink. Start with [Transfer], which wires the five for one stream
// and runs them; each stage is also a plain function that a pipeline of your
// own can use.
//
//	storage ─▶ Read ═link═▶ Size ═link═▶ Throttle ═link═▶ Checksum ═link═▶ Storing
//
// A stream below the streaming trigger runs through the very same functions
// one after another on the caller's goroutine, as one chunk: that is what makes
// a tree of small files fast. Above it the five run side by side, so that
// reading and hashing overlap. A stream that needs nothing but a tree hash
// (BLAKE3) is read and hashed in subtrees by several workers instead.
//
// # Ownership
//
// A [Chunk] has one owner at a time. Emitting it hands it over; whoever drops
// it calls Release. Its bytes come from a [Pool], which knows how many chunks
// are alive: that number is zero whenever a transfer has returned.
//
// # Limits
//
// A Pool has one byte budget for the whole process. When it is spent, Read
// waits: that, and the links, are the backpressure.
package stages
