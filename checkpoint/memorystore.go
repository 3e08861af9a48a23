package checkpoint

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
)

// MemoryStore keeps records for as long as the process lives: for tests, and for
// retries that need not outlast it. The zero value is empty.
type MemoryStore struct {
	mu      sync.Mutex
	records map[string][]byte // guarded by mu: encoded, so that none shares memory with the caller's
}

var _ Store = (*MemoryStore)(nil)

// Load is the record that was saved last.
func (s *MemoryStore) Load(ctx context.Context, stream string) (Record, error) {
	if err := begin(ctx, stream); err != nil {
		return Record{}, storeError("load", stream, err)
	}
	s.mu.Lock()
	data, ok := s.records[stream]
	s.mu.Unlock()
	if !ok {
		return Record{}, storeError("load", stream, ErrNotFound)
	}
	var r Record
	err := r.UnmarshalBinary(data)
	return r, storeError("load", stream, err)
}

// Save replaces the stream's record.
func (s *MemoryStore) Save(ctx context.Context, r Record) error {
	if err := begin(ctx, r.Stream); err != nil {
		return storeError("save", r.Stream, err)
	}
	data, err := r.MarshalBinary()
	if err != nil {
		return storeError("save", r.Stream, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records = map[string][]byte{}
	}
	s.records[r.Stream] = data
	return nil
}

// Delete forgets the stream's record.
func (s *MemoryStore) Delete(ctx context.Context, stream string) error {
	if err := begin(ctx, stream); err != nil {
		return storeError("delete", stream, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, stream)
	return nil
}

// List yields the records that there were when the loop began, as they are when
// it comes to them.
func (s *MemoryStore) List(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s.mu.Lock()
		streams := slices.Collect(maps.Keys(s.records))
		s.mu.Unlock()
		for _, stream := range streams {
			r, err := s.Load(ctx, stream)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if !yield(r, err) || endsList(err) {
				return
			}
		}
	}
}
