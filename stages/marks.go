package stages

import "time"

// Marks say when a checkpoint is due: after so many bytes or so much time since the
// last, whichever comes first, and never before so many chunks. Fields that are
// zero are 64 MiB, 1 s and 5 chunks: each checkpoint costs a sync of the data and
// two of the record, which more often than that would be a part of the work.
type Marks struct {
	Bytes    int64
	Interval time.Duration
	Chunks   int
}

func (m Marks) withDefaults() Marks {
	if m.Bytes <= 0 {
		m.Bytes = 64 << 20
	}
	if m.Interval <= 0 {
		m.Interval = time.Second
	}
	if m.Chunks <= 0 {
		m.Chunks = 5
	}
	return m
}

// marker counts what was read since the last mark.
type marker struct {
	Marks
	bytes  int64
	chunks int
	last   time.Time
}

func newMarker(m Marks) *marker { return &marker{Marks: m.withDefaults(), last: time.Now()} }

// due counts a chunk and reports whether it is to be marked.
func (m *marker) due(bytes int) bool {
	m.bytes += int64(bytes)
	m.chunks++
	now := time.Now()
	if m.chunks < m.Chunks || m.bytes < m.Bytes && now.Sub(m.last) < m.Interval {
		return false
	}
	m.bytes, m.chunks, m.last = 0, 0, now
	return true
}
