package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
)

// Progress appears after a second, so that what is quick stays quiet, and is
// drawn ten times a second at most: an eye follows no more.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
)

// progress tells a person how far a run is.
type progress struct {
	con     *console
	control *stages.Control
	arrived *atomic.Int64 // bytes
	active  *atomic.Int64 // files
	show    bool          // draw a line

	began  time.Time
	before atomic.Int64 // bytes that need not arrive, since they were done before
	files  atomic.Int64 // done, failed ones too
	failed atomic.Int64 // of files
	tried  sync.Map     // paths of files that were begun and failed for the moment
	total  atomic.Int64 // bytes to do in all; zero until they are counted

	speed    float64   // bytes a second, smoothed; used by one goroutine
	lastTime time.Time // of the last sample
	last     int64     // bytes then
}

// count calls add with the size of every file that is to be done.
type count func(ctx context.Context, add func(bytes int64)) error

// during runs work with progress beside it and returns work's error. tick is
// called ten times a second. When a line is drawn, all is counted meanwhile, so
// that it can say how much is left.
func (p *progress) during(ctx context.Context, all count, tick func(), work func() error) error {
	p.began = time.Now()
	p.lastTime = p.began
	ctx, done := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { p.follow(ctx) })
	beside.Go(func() { each(ctx, tick) }) // apart, because its reader may pause
	if p.show {
		beside.Go(func() { p.countAll(ctx, all) })
	}
	err := work()
	done()
	beside.Wait()
	return err
}

// countAll finds out how much there is to do, once it is known that somebody
// will see it.
func (p *progress) countAll(ctx context.Context, all count) {
	select {
	case <-time.After(progressAfter):
	case <-ctx.Done():
		return
	}
	var total int64
	if all(ctx, func(bytes int64) { total += bytes }) == nil {
		p.total.Store(total)
	}
}

func (p *progress) follow(ctx context.Context) {
	p.con.follow(ctx, func() { p.con.say("%s", p.line()) }, func(now time.Time) {
		p.sample(now)
		if p.show && now.Sub(p.began) >= progressAfter {
			p.con.draw(p.parts()...)
		}
	})
}

// follow calls tell when somebody asks how far it is, and tick ten times a second,
// until ctx ends; then nothing is drawn any more.
func (c *console) follow(ctx context.Context, tell func(), tick func(now time.Time)) {
	status, stop := statusRequests()
	defer stop()
	every := time.NewTicker(progressEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			c.close()
			return
		case <-status:
			tell()
		case now := <-every.C:
			tick(now)
		}
	}
}

// each calls tick until ctx ends.
func each(ctx context.Context, tick func()) {
	every := time.NewTicker(progressEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			tick()
		}
	}
}

// sample folds the speed since the last sample into the smoothed one. The
// weight lets about the last two seconds count.
func (p *progress) sample(now time.Time) {
	const weight = 0.05
	elapsed := now.Sub(p.lastTime).Seconds()
	if elapsed <= 0 {
		return
	}
	bytes := p.arrived.Load()
	speed := float64(bytes-p.last) / elapsed
	if p.last == 0 {
		p.speed = speed
	}
	p.speed += weight * (speed - p.speed)
	p.last, p.lastTime = bytes, now
}

// continues notes that a file goes on from offset. What an attempt of this run has
// done before it has arrived already.
func (p *progress) continues(path string, offset int64) {
	if _, again := p.tried.Load(path); !again {
		p.before.Add(offset)
	}
}

// line is the state of the run in one line.
func (p *progress) line() string { return strings.TrimSpace(strings.Join(p.parts(), partGap)) }

// parts are the state of the run in ASCII, what matters most first.
func (p *progress) parts() []string {
	bytes, total := p.arrived.Load()+p.before.Load(), p.total.Load()
	var parts []string
	if total > 0 {
		parts = append(parts,
			fmt.Sprintf("%3d%%", min(100, 100*bytes/total)),
			fmt.Sprintf("%s of %s", bytesText(float64(bytes)), bytesText(float64(total))))
	} else {
		parts = append(parts, bytesText(float64(bytes)))
	}
	parts = append(parts, bytesText(p.speed)+"/s")
	if left := total - bytes; left > 0 && p.speed > 1 {
		parts = append(parts, "ETA "+clock(remaining(left, p.speed)))
	}
	parts = append(parts, plural(p.files.Load(), "file"), plural(p.active.Load(), "stream"))
	seen := p.control.Monitor().Stats()
	if rss := seen.Sample.Memory[pressure.SourceProcess].Used; rss > 0 {
		parts = append(parts, "RSS "+bytesText(float64(rss)))
	}
	if seen.Limits.Level > pressure.None {
		parts = append(parts, seen.Limits.Level.String())
	}
	if n := p.failed.Load(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	return parts
}

// remaining is how long so many bytes take at that speed; beyond what a Duration
// holds it is the longest one.
func remaining(bytes int64, speed float64) time.Duration {
	seconds := min(float64(bytes)/speed, math.MaxInt32)
	return time.Duration(seconds * float64(time.Second))
}

// summary is the run in one line, for its end.
func (p *progress) summary() string {
	s := fmt.Sprintf("%s, %s", plural(p.files.Load(), "file"), p.amount())
	if n := p.failed.Load(); n > 0 {
		s += fmt.Sprintf("; %d failed", n)
	}
	return s
}

// amount is the bytes so far, and how fast they came.
func (p *progress) amount() string {
	took := time.Since(p.began)
	bytes := float64(p.arrived.Load())
	s := fmt.Sprintf("%s in %s", bytesText(bytes), took.Round(10*time.Millisecond))
	if took >= 10*time.Millisecond {
		s += fmt.Sprintf(" (%s/s)", bytesText(bytes/took.Seconds()))
	}
	return s
}
