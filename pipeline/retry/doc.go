// Package retry tries again what failed for a while, and tells it from what
// failed for good.
//
// Call [Do] around an operation that continues where it was:
//
//	err := retry.Do(ctx, retry.Options{Progress: recorded}, func(ctx context.Context) error {
//		return copyFrom(ctx, recorded())
//	})
//
// and ask its error what to do next:
//
//	gaveUp, ok := errors.AsType[*retry.GaveUpError](err) // run it again later
//	retry.Classify(err).EndsJob()                        // begin no other file
//
// # Classes
//
// [Classify] gives every error a [Class]. Three are temporary, and have the
// policies of the specification, which a driver may replace in [Options]:
//
//	class        attempts   first wait   each next   at most
//	network             5       500 ms       × 1.5      10 s
//	file system         3          1 s         × 2       5 s
//	memory              2          2 s         × 1       3 s
//
// A wait is drawn anew each time, from half of what the table says to one and a
// half times that. The others are permanent and tried once: gone, changed,
// permission, full, which ends the whole job because no retry makes room, and
// unknown, because what nobody has thought of is more often a mistake than bad
// luck.
//
// An error that knows better implements [Classifier], and is believed: whether
// something is permanent is decided by the driver that it comes from.
//
// # Progress
//
// Attempts are counted from the last progress on, and each class for itself. A
// copy of 10 TB that loses its network once an hour goes on to its end; one that
// gets no further gives up after some seconds. Only [Options].Progress can tell
// the two apart: without it all attempts count.
//
// # Ownership
//
// What an attempt leaves behind is the operation's: it closes what it opened,
// and each attempt decides anew where it may continue. After a failed sync that
// is not in the file that was synced, however good its checkpoint looks.
//
// # What is absent
//
// There is no bound on the time that all attempts take together: give ctx a
// deadline. Attempts of a Do within a Do multiply; retry on one floor only.
package retry
