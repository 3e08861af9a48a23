package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

const (
	// hogFast is what the sink takes in a second of all streams together as long as there
	// is memory, bytes, and hogSlow while there is none: so little that the links stay
	// full, which is what pauses.
	hogFast, hogSlow = 100e6, 1e6
	// hogBefore is how long the streams run before the other process comes.
	hogBefore = 3 * time.Second
	// hogFile is the size of each file, bytes: a second more than they need until it goes.
	hogFile = hogFast / manyStreams * 4
)

// hog lets another process take memory until the machine's reading is critical,
// while ten streams are on their way to a slow sink, and free it.
func hog(ctx context.Context, s size) ([]proof.Row, error) {
	paths, want, remove, err := distinct(manyStreams, hogFile)
	if err != nil {
		return nil, err
	}
	defer remove()
	bytes, share, err := enough()
	if err != nil {
		return nil, err
	}
	control, err := newControl(stages.ControlOptions{
		Pressure: pressure.Options{Thresholds: pressure.Thresholds{SystemShare: share}},
	})
	if err != nil {
		return nil, err
	}
	story := story{bytes: bytes, hold: time.Duration(s.hog) * time.Second, sink: newDevice(hogFast)}
	debug.FreeOSMemory() // what the cases before this one took
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { defer close(watched); story.follow(watching, control) }()
	sums, err := work{
		control: control, streams: manyStreams, paths: paths,
		algorithms: []digest.Algorithm{digest.SHA256}, sink: story.sink.take,
	}.run(ctx)
	stop()
	<-watched
	if err != nil {
		return nil, err
	}
	right := 0
	for i, sum := range sums {
		if slices.Equal(sum[0], want[i]) {
			right++
		}
	}
	return story.rows(right), nil
}

// story is what was seen of the streams while the other process came and went.
type story struct {
	bytes           int64 // that it takes
	hold            time.Duration
	sink            *device
	err             error
	highest         pressure.Limits // while it was there
	before, during  int64           // RSS, bytes
	paused, resumed bool            // nothing was to move for a while; something did afterwards
}

func (s *story) follow(ctx context.Context, c *stages.Control) {
	sleep := func(d time.Duration) bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(d):
			return true
		}
	}
	rss := func() int64 { return c.Stats().Pressure.Sample.Memory[pressure.SourceProcess].Used }
	if !sleep(hogBefore) {
		return
	}
	s.before = rss()
	s.sink.rate.Store(hogSlow)
	free, err := take(ctx, s.bytes)
	if err != nil {
		s.err = err
		return
	}
	for range s.hold / (100 * time.Millisecond) {
		if !sleep(100 * time.Millisecond) {
			break
		}
		l := c.Limits()
		if l.Score() > s.highest.Score() {
			s.highest = l
		}
		s.paused = s.paused || l.Paused()
	}
	debug.FreeOSMemory()
	sleep(500 * time.Millisecond)
	s.during = rss()
	free()
	last := c.Arrived()
	s.sink.rate.Store(hogFast)
	sleep(5 * time.Second)
	s.resumed = c.Arrived() > last
}

func (s *story) rows(right int) []proof.Row {
	const what = "another process takes memory and frees it: "
	if s.err != nil {
		return []proof.Row{{What: what, Skipped: s.err.Error()}}
	}
	return []proof.Row{
		{
			What: what + "level", Wanted: "memory critical by the system's reading",
			Measured: s.highest.Reason, Met: s.highest.MemoryLevel >= pressure.MemoryCritical,
		},
		{
			What: what + "RSS", Wanted: "falls", Met: s.during < s.before,
			Measured: fmt.Sprintf("%.1f → %.1f MB", float64(s.before)/1e6, float64(s.during)/1e6),
		},
		{
			What: what + "streams", Wanted: "pause, go on, and end right", Met: s.paused && s.resumed && right == manyStreams,
			Measured: fmt.Sprintf("paused: %v, went on: %v, %d of %d digests right", s.paused, s.resumed, right, manyStreams),
		},
	}
}

// distinct makes n files of so many bytes that differ, and their SHA-256.
func distinct(n, size int) (paths []string, sums [][]byte, remove func(), err error) {
	dir, err := os.MkdirTemp("", "penstock-control-")
	if err != nil {
		return nil, nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	for i := range n {
		data := bytes.Repeat([]byte{byte(i), 'p', 's'}, size/3)
		path := filepath.Join(dir, fmt.Sprintf("file-%d", i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			remove()
			return nil, nil, nil, err
		}
		h := digest.SHA256.New()
		h.Write(data)
		paths, sums = append(paths, path), append(sums, h.Sum(nil))
	}
	return paths, sums, remove, nil
}

// enough is a part of the machine's memory of which half is in use now, and what
// another process has to take so that more than what is critical is.
func enough() (bytes int64, share float64, err error) {
	meter, err := pressure.NewMeter(pressure.MeterOptions{SystemShare: 1})
	if err != nil {
		return 0, 0, err
	}
	memory, err := meter.Read()
	if err != nil {
		return 0, 0, err
	}
	now := memory[pressure.SourceSystem]
	share = min(1, 2*float64(now.Used)/float64(now.Limit))
	return int64(0.9*share*float64(now.Limit)) - now.Used, share, nil
}

// device is a sink that all streams share, one at a time.
type device struct {
	turn chan struct{}
	rate atomic.Int64 // bytes a second
}

func newDevice(rate int64) *device {
	d := &device{turn: make(chan struct{}, 1)}
	d.rate.Store(rate)
	return d
}

func (d *device) take(bytes int) {
	d.turn <- struct{}{}
	time.Sleep(time.Duration(bytes) * time.Second / time.Duration(d.rate.Load()))
	<-d.turn
}
