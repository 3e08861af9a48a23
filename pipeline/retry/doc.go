// Package retry tells what failed for a while from what failed for good.
//
// Ask [Classify] for the [Class] of an error:
//
//	retry.Classify(err).Temporary() // the same may succeed a little later
//	retry.Classify(err).EndsJob()   // begin no other file
//
// Network, file system and memory are temporary. The others are permanent: gone,
// changed, permission, full, which ends the whole job because no retry makes
// room, and unknown, because what nobody has thought of is more often a mistake
// than bad luck.
//
// An error that knows better implements [Classifier], and is believed: whether
// something is permanent is decided by the driver that it comes from.
package retry
