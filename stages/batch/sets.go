package batch

import (
	"strings"
	"sync"

	"github.com/penstock-go/penstock/stages/digest"
)

// sets are digest sets for reuse from file to file. The zero value is empty.
type sets struct {
	pools sync.Map // string(algorithms) → *sync.Pool of *digest.Set
}

// get returns a set of these algorithms that has seen no data.
func (s *sets) get(algorithms []digest.Algorithm) *digest.Set {
	return s.pool(algorithms).Get().(*digest.Set)
}

// put takes a set back.
func (s *sets) put(algorithms []digest.Algorithm, set *digest.Set) {
	set.Reset()
	s.pool(algorithms).Put(set)
}

func (s *sets) pool(algorithms []digest.Algorithm) *sync.Pool {
	key := make([]byte, len(algorithms))
	for i, a := range algorithms {
		key[i] = byte(a)
	}
	if known, ok := s.pools.Load(string(key)); ok {
		return known.(*sync.Pool)
	}
	algorithms = append([]digest.Algorithm(nil), algorithms...)
	made, _ := s.pools.LoadOrStore(string(key), &sync.Pool{New: func() any { return digest.NewSet(algorithms...) }})
	return made.(*sync.Pool)
}

// joined is the names of algorithms as one.
func joined(algorithms []digest.Algorithm) string {
	list := make([]string, len(algorithms))
	for i, a := range algorithms {
		list[i] = a.String()
	}
	return strings.Join(list, ",")
}
