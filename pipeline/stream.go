package pipeline

import "fmt"

// A Stream is the output of a stage that has not been started. It has exactly
// one consumer: giving it a second panics, because a stage that silently got
// every other item would be a fault that shows far away. [Tee] reads a stream
// several times.
type Stream[T any] struct {
	link *link[T]
}

// Fill is how full the link is that carries the stream, between 0 and 1, by items
// or by bytes. It may be called from any goroutine while the pipeline runs, and
// allocates nothing.
func (s Stream[T]) Fill() float64 { return s.link.share() }

// consume adds a stage that reads s.
func consume[T any](s Stream[T], kind, name string) (*node, *inlet[T]) {
	p := New("") // for the fault that a zero Stream is
	if s.link != nil {
		p = s.link.from.p
	}
	n := newNode(p, kind, name)
	return n, s.claim(n)
}

// claim makes n the consumer of s.
func (s Stream[T]) claim(n *node) *inlet[T] {
	l := s.link
	switch {
	case l == nil:
		n.fault("it reads the zero Stream")
		l = newLink[T](&node{p: n.p}, settings{}, nil)
	case l.to != nil:
		panic(fmt.Sprintf("pipeline: the stream of stage %q is consumed by %q already, and now by %q; use Tee",
			l.from.name, l.to.name, n.name))
	case l.from.p != n.p:
		n.fault(fmt.Sprintf("the stream of stage %q is of another pipeline, %q", l.from.name, l.from.p.name))
	}
	l.to = n
	in := &inlet[T]{link: l}
	n.ins = append(n.ins, in)
	return in
}
