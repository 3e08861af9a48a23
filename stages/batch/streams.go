package batch

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
)

const (
	// mostStreams is how many streams a batch tries for itself, at most, unless
	// there are more cores: beyond it even the storage of a server is not faster,
	// and each stream has its share of the memory.
	mostStreams = 16
	// widthEvery is the step in which the width is measured: long enough for some
	// hundred small files, or for ten chunks of a slow disk.
	widthEvery = 250 * time.Millisecond
	// fileWorth is what opening, looking at and closing a file is counted as, beside
	// its bytes: it takes about as long as hashing so many.
	fileWorth = 32 << 10
)

// streams holds a batch to as many streams as the user set, or as are fastest, and
// to no more than the limits in force allow.
type streams struct {
	control *stages.Control
	gate    *pressure.Gate
	readers *pressure.Gate // of what is read a second time
	workers int            // there are, so that no more can be let in

	width *width
	files atomic.Int64 // done
	last  float64      // done at the last step; used by follow alone
	at    time.Time    // likewise
}

// newStreams bounds the streams of a batch, of which there are never more than
// most, where that is not zero.
func newStreams(c *stages.Control, most int) *streams {
	if most <= 0 {
		most = math.MaxInt
	}
	cores := min(runtime.GOMAXPROCS(0), most)
	s := &streams{control: c, width: newWidth(cores, min(max(cores, mostStreams), most))}
	s.workers = min(max(s.width.most, c.Streams()), most)
	s.gate, s.readers = pressure.NewGate(s.allowed()), pressure.NewGate(s.allowedReaders())
	return s
}

// allowed is how many streams may run now.
func (s *streams) allowed() int {
	n := s.control.Streams()
	if n == 0 {
		n = s.width.streams()
	}
	return min(n, s.workers, s.control.Limits().MaxStreams)
}

// allowedReaders is how many may read a second time now. They do not count among the
// streams: each of those would wait for one that waits for it.
func (s *streams) allowedReaders() int {
	n := s.control.Limits().MaxStreams
	if set := s.control.Streams(); set > 0 {
		n = min(n, set)
	}
	return n
}

// beside runs work, and meanwhile the control, unless somebody runs it already,
// and the gate after it.
func (s *streams) beside(ctx context.Context, work func(context.Context) error) error {
	watch, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	var watched error
	group.Go(func() { watched = s.control.Run(watch) })
	group.Go(func() { s.follow(watch) })
	err := work(ctx)
	stop()
	group.Wait()
	if errors.Is(watched, pressure.ErrRunning) {
		watched = nil
	}
	return errors.Join(err, watched)
}

// follow keeps the gate as wide as is allowed until ctx ends. A level that has
// changed is followed at once.
func (s *streams) follow(ctx context.Context) {
	changed := make(chan struct{}, 1) // one: several changes are one reason to look
	defer s.control.Monitor().OnChange(func(_, _ pressure.Limits) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})()
	every := time.NewTicker(widthEvery)
	defer every.Stop()
	s.at = time.Now()
	for {
		select {
		case <-changed:
			s.width.stop()
		case now := <-every.C:
			s.measure(now)
		case <-ctx.Done():
			return
		}
		s.gate.SetWidth(s.allowed())
		s.readers.SetWidth(s.allowedReaders())
	}
}

// measure takes a step of the width, unless others than it have said how many
// streams run.
func (s *streams) measure(now time.Time) {
	done := float64(s.control.Arrived() + fileWorth*s.files.Load())
	speed := (done - s.last) / now.Sub(s.at).Seconds()
	s.last, s.at = done, now
	if s.gate.Held() == s.width.streams() {
		s.width.step(speed)
	}
}
