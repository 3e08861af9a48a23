package batch

import (
	"sync"

	"github.com/penstock-go/penstock/stages/digest"
)

// settled remembers which algorithm a list turned out to use for digests of
// each length. The zero value knows nothing. It may be used from any goroutine.
type settled struct {
	mu     sync.Mutex // guards bySize
	bySize map[int]digest.Algorithm
}

// of narrows the candidates to the one that has matched before.
func (s *settled) of(candidates []digest.Algorithm) []digest.Algorithm {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.bySize[candidates[0].Size()]; ok {
		return []digest.Algorithm{a}
	}
	return candidates
}

func (s *settled) settle(a digest.Algorithm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bySize == nil {
		s.bySize = map[int]digest.Algorithm{}
	}
	s.bySize[a.Size()] = a
}
