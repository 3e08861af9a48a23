package pressure

import "fmt"

// Source is where a memory reading comes from.
type Source int8

// The four sources.
const (
	SourceProcess Source = iota // resident set of this process, against its ceiling
	SourceHeap                  // Go heap in use, against the runtime's memory limit
	SourceSystem                // memory of the machine, against 80 % of it
	SourceCgroup                // memory of the control group, against its limit
)

// String is the source in words.
func (s Source) String() string {
	switch s {
	case SourceProcess:
		return "process RSS"
	case SourceHeap:
		return "Go heap"
	case SourceSystem:
		return "system memory"
	case SourceCgroup:
		return "cgroup memory"
	}
	return fmt.Sprintf("Source(%d)", int8(s))
}

// Reading is one figure of memory in use and what it may be.
type Reading struct {
	Source Source
	Used   int64 // bytes
	Limit  int64 // bytes; 0 or less when there is no such limit, or no such reading
}

// Usage is Used as a fraction of Limit; it may exceed 1. Without a limit it is 0.
func (r Reading) Usage() float64 {
	if r.Limit <= 0 || r.Used <= 0 {
		return 0
	}
	return float64(r.Used) / float64(r.Limit)
}

// String is the reading in words: "process RSS 36.0 of 48.0 MiB (75 %)".
func (r Reading) String() string {
	const mib = 1 << 20
	if r.Limit <= 0 {
		return fmt.Sprintf("%v not known", r.Source)
	}
	return fmt.Sprintf("%v %.1f of %.1f MiB (%.0f %%)", r.Source, float64(r.Used)/mib, float64(r.Limit)/mib, 100*r.Usage())
}

// Memory is one reading of each source, indexed by [Source]. A source that could
// not be read has no limit. The zero value is: nothing known.
type Memory [4]Reading

// Largest is the reading with the largest usage: the one that decides.
func (m Memory) Largest() Reading {
	largest := m[SourceProcess]
	for _, r := range m[SourceHeap:] {
		if r.Usage() > largest.Usage() {
			largest = r
		}
	}
	return largest
}

// Usage is the largest usage of all sources.
func (m Memory) Usage() float64 { return m.Largest().Usage() }

// completed is m with the readings that it lacks taken from before. A reading
// fails exactly when descriptors or memory run out: forgetting what was read a
// moment ago would call that an improvement.
func (m Memory) completed(before Memory) Memory {
	for i, r := range m {
		if r.Limit <= 0 {
			m[i] = before[i]
		}
	}
	return m
}
