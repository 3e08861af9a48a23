package digest

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// worthwhile is how much work, in ns, a Write must take off the caller for another core to be woken; below it
// the digests run in order. It is what a goroutine was measured to need until it begins on an idle core of a
// virtual machine. So sha256 with blake3 runs side by side from 114 KiB on, and at 1 MiB takes 0.6 of the
// time; sha256 with crc32c, which has nothing to gain, runs in order up to 1 MiB.
const worthwhile = 50_000

// Set is several digests of one stream, computed in one pass. The zero value has no digests and takes any
// data. A Set is for one goroutine at a time; it is a Digest but for Sum.
type Set struct {
	members  []*member
	queue    []*member // the same, slowest first
	parallel int       // the length of a Write from which they run side by side

	// While one Write does so:
	data    []byte
	taken   atomic.Int32   // how many of queue are done or being done
	help    func()         // works and is done; bound once, so that starting it allocates nothing
	helpers sync.WaitGroup // the goroutines that run help; all have ended when Write returns
}

// member is one digest of a Set.
type member struct {
	algorithm Algorithm
	digest    Digest
	escaped   *panicError // what it panicked with when written side by side
}

// NewSet returns a Set of these algorithms, in this order. It panics when one of them is no algorithm.
func NewSet(algorithms ...Algorithm) *Set {
	s := &Set{members: make([]*member, len(algorithms))}
	for i, a := range algorithms {
		s.members[i] = &member{algorithm: a, digest: a.New()}
	}
	s.queue = slices.SortedStableFunc(slices.Values(s.members), func(slow, quick *member) int {
		return cmp.Compare(quick.algorithm.cost(), slow.algorithm.cost())
	})
	if len(s.queue) > 1 {
		s.parallel = parallelFrom(s.queue)
	}
	s.help = func() {
		defer s.helpers.Done()
		s.work()
	}
	return s
}

// parallelFrom returns the length of a Write from which waking another core is worthwhile. At best it takes
// all but the slowest digest off the caller.
func parallelFrom(queue []*member) int {
	rest := 0
	for _, m := range queue[1:] {
		rest += m.algorithm.cost()
	}
	return worthwhile << 10 / rest
}

// Algorithms returns the algorithms in the set's order.
func (s *Set) Algorithms() []Algorithm {
	list := make([]Algorithm, len(s.members))
	for i, m := range s.members {
		list[i] = m.algorithm
	}
	return list
}

// Write adds data to all digests and returns when all have taken it. It never fails. When there is enough
// to do they run side by side, so that a set takes the time of its slowest digest where cores allow. A panic
// in a digest is raised in the caller, with its stack.
func (s *Set) Write(p []byte) (int, error) {
	if len(s.members) > 1 && len(p) >= s.parallel {
		s.writeParallel(p)
		return len(p), nil
	}
	for _, m := range s.members {
		_, _ = m.digest.Write(p) // a hash.Hash never fails
	}
	return len(p), nil
}

// writeParallel lets helpers and the caller take digests from the queue, the slowest first. Rejected: a
// goroutine bound to each digest. Waking a core takes 5 to 50 µs, in which the caller may be done with its
// own; then it does the others' work too, and where no core is free a Write takes no longer than in order.
//
// It starts one helper more than is needed: the goroutine started last stays with the caller's thread, and
// the scheduler gives it to another only after a nap, of 60 µs where timers are slack. The one more is that
// one; it runs when the caller waits, and finds nothing to do.
func (s *Set) writeParallel(p []byte) {
	s.data = p
	s.taken.Store(0)
	s.helpers.Add(len(s.members))
	for range s.members {
		go s.help()
	}
	s.work()
	s.helpers.Wait() // from here on p is the caller's again
	s.data = nil
	s.raise()
}

// raise panics with what a digest panicked with, if any did.
func (s *Set) raise() {
	var escaped *panicError
	for _, m := range s.members {
		if m.escaped != nil {
			escaped, m.escaped = m.escaped, nil
		}
	}
	if escaped != nil {
		panic(escaped)
	}
}

// work writes to digests that nobody has taken yet until there is none.
func (s *Set) work() {
	for i := s.taken.Add(1); int(i) <= len(s.queue); i = s.taken.Add(1) {
		s.queue[i-1].write(s.data)
	}
}

// write keeps a panic for the caller of Write: in a helper it would end the process, and in the caller it
// would leave helpers behind that still read the data.
func (m *member) write(p []byte) {
	defer func() {
		if v := recover(); v != nil {
			m.escaped = &panicError{algorithm: m.algorithm, value: v, stack: debug.Stack()}
		}
	}()
	_, _ = m.digest.Write(p)
}

// Reset makes all digests forget their data; it allocates nothing.
func (s *Set) Reset() {
	for _, m := range s.members {
		m.digest.Reset()
	}
}

// AppendSums appends the digests of the data so far, one after another in the set's order, each of its
// algorithm's Size. It allocates only when b has no room, and does not change the state.
func (s *Set) AppendSums(b []byte) []byte {
	for _, m := range s.members {
		b = m.digest.Sum(b)
	}
	return b
}

// Sums returns the digests of the data so far, in the set's order.
func (s *Set) Sums() [][]byte {
	sums := make([][]byte, len(s.members))
	for i, m := range s.members {
		sums[i] = m.digest.Sum(nil)
	}
	return sums
}

// Tree returns the set's digest as a Tree, when it has exactly one and that is a Tree. What is joined there
// is part of the set's data.
func (s *Set) Tree() (tree Tree, ok bool) {
	if len(s.members) != 1 {
		return nil, false
	}
	tree, ok = s.members[0].digest.(Tree)
	return tree, ok
}

// panicError is what Write panics with when a digest did.
type panicError struct {
	algorithm Algorithm
	value     any
	stack     []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("digest: %v panicked: %v\n\n%s", e.algorithm, e.value, e.stack)
}

// Unwrap returns the panic's value when it is an error.
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}
