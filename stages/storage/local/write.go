package local

import "context"

// WriteAt stores p at offset; holes read as zeros.
func (s *Sink) WriteAt(ctx context.Context, p []byte, offset int64) (int, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	s.ending.RLock()
	defer s.ending.RUnlock()
	if err := s.usable(writing); err != nil {
		return 0, s.fail("write", err)
	}
	return s.writeAt(p, offset)
}

// Write stores p after what Write stored before, for those that need an
// io.Writer. It is for one goroutine.
func (s *Sink) Write(p []byte) (int, error) {
	s.ending.RLock()
	defer s.ending.RUnlock()
	if err := s.usable(writing); err != nil {
		return 0, s.fail("write", err)
	}
	n, err := s.writeAt(p, s.appended)
	s.appended += int64(n)
	return n, err
}

// writeAt may run several times at once.
func (s *Sink) writeAt(p []byte, offset int64) (int, error) {
	n, err := s.file.WriteAt(p, offset)
	if n > 0 {
		s.reach(offset + int64(n))
	}
	return n, s.poison("write", err)
}

// reach notes that the file was written up to end.
func (s *Sink) reach(end int64) {
	for {
		had := s.length.Load()
		if had >= end || s.length.CompareAndSwap(had, end) {
			return
		}
	}
}

// Grow makes the file at least size bytes long, with a hole at its end: for a record
// that says so much is safe, where what came last was a hole. Sync comes after it.
func (s *Sink) Grow(ctx context.Context, size int64) error {
	return s.turn(ctx, "grow", func() error { return s.grow(size) }, writing)
}

// grow holds ending, since a write beside it could make the file longer than it is to
// be cut to.
func (s *Sink) grow(size int64) error {
	if s.length.Load() >= size {
		return nil
	}
	err := s.file.Truncate(size)
	if err == nil {
		s.length.Store(size)
	}
	return err
}
