// Package sizing decides how many bytes the next chunk of a stream holds.
//
// Ask a [Sizer] before every read and tell it afterwards what became of the
// chunk; its zero value works:
//
//	var s sizing.Sizer
//	n := s.Next(fileSize, memoryUsage)
//	// … read and handle n bytes …
//	s.Record(sizing.Sample{Size: n, Bytes: got, Elapsed: took, Memory: inUse})
//
// A size begins at the class of the file ([Class]), is moved towards what has
// been measured to work best, and is then adjusted: halved or cut by a quarter
// when memory is short, raised by a quarter when it is plentiful, raised by a
// fifth when the throughput is poor. Every size is a multiple of [Grid] between
// [Min] and [Max], whatever comes in.
//
// # Ownership
//
// A Sizer belongs to one stream. What the streams of one storage share is its
// [Reference], the best throughput seen there; give the same one to each.
//
// # Purity
//
// There is no clock, no goroutine and no I/O in this package: elapsed time and
// memory are arguments, and the same calls always give the same sizes.
package sizing
