package digest

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// parallelSize is the length of a Write from which the digests of a Set run side by side.
const parallelSize = 64 << 10

// Set is several digests of one stream, computed in one pass. The zero value has no digests and takes any
// data. A Set is for one goroutine at a time; it is a Digest but for Sum.
type Set struct {
	members []*member
	data    []byte         // what Write is writing, for the members' goroutines
	running sync.WaitGroup // those goroutines; all have ended when Write returns
}

// member is one digest of a Set.
type member struct {
	digest    Digest
	algorithm Algorithm
	run       func() // writes the set's data; bound once, so that starting it allocates nothing
	escaped   *panicError
}

// NewSet returns a Set of these algorithms, in this order. It panics when one of them is no algorithm.
func NewSet(algorithms ...Algorithm) *Set {
	s := &Set{members: make([]*member, len(algorithms))}
	for i, a := range algorithms {
		m := &member{digest: a.New(), algorithm: a}
		m.run = func() { s.run(m) }
		s.members[i] = m
	}
	return s
}

// Algorithms returns the algorithms in the set's order.
func (s *Set) Algorithms() []Algorithm {
	list := make([]Algorithm, len(s.members))
	for i, m := range s.members {
		list[i] = m.algorithm
	}
	return list
}

// Write adds data to all digests and returns when all have taken it. It never fails. From parallelSize on,
// each digest beyond the first has its own goroutine, so that a set takes the time of its slowest digest
// where cores allow. A panic in one of them is raised again in the caller, with its stack.
func (s *Set) Write(p []byte) (int, error) {
	if len(s.members) > 1 && len(p) >= parallelSize {
		s.writeParallel(p)
		return len(p), nil
	}
	for _, m := range s.members {
		_, _ = m.digest.Write(p) // a hash.Hash never fails
	}
	return len(p), nil
}

func (s *Set) writeParallel(p []byte) {
	s.data = p
	defer s.join() // also when the first digest panics: p is the caller's again
	s.running.Add(len(s.members) - 1)
	for _, m := range s.members[1:] {
		go m.run()
	}
	_, _ = s.members[0].digest.Write(p)
}

func (s *Set) run(m *member) {
	defer s.running.Done()
	defer func() {
		if v := recover(); v != nil {
			m.escaped = &panicError{algorithm: m.algorithm, value: v, stack: debug.Stack()}
		}
	}()
	_, _ = m.digest.Write(s.data)
}

func (s *Set) join() {
	s.running.Wait()
	s.data = nil
	for _, m := range s.members {
		if escaped := m.escaped; escaped != nil {
			m.escaped = nil
			panic(escaped)
		}
	}
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

// panicError carries a panic from a digest's goroutine to the caller of Write.
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
