// Package bench measures ways to do the same work beside each other. Start with
// [Sweep]: it runs its variants in turn, round after round, so that a machine whose
// speed drifts slows all of them, and reports for each the time, the bytes a second,
// the latency of the items, the CPU time, the peak of memory, and which stage held
// the others up.
//
// It is what `penstock bench` is made of, and takes any pipeline: a [Variant] is a
// function that does the work once and tells its [Probe] what it does. Package page
// makes a web page of a [Report].
//
// # Time
//
// The deadline of the context is the time that a sweep has. It divides it among the
// runs: each is told to stop, by [Probe.Stop], when its share is over, and counts with
// what it has done by then. Without a deadline each run does all of its work, a few
// times.
//
// # Limits
//
// CPU time and memory are those of the whole process: measure in one that does
// nothing else. The peak of memory of a single run is known on Linux only, and the
// page cache is dropped, by [Evict], on Linux only.
//
// The folders beneath hold our own measurements: the loops that one would write by
// hand, the comparison with what people use, what the control does, how it all
// scales. README.md there says how to run them and what came out.
package bench
