package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/penstock-go/penstock/bench"
)

// benchProgress tells a person how far a benchmark is.
type benchProgress struct {
	con  *console
	time time.Duration // that there is
	show bool          // draw a line

	mu    sync.Mutex // guards what follows
	began time.Time
	now   bench.Step
}

// showsProgress reports whether a line is drawn.
func (b *benching) showsProgress() bool {
	return b.progress.value == "always" || b.progress.value == "auto" && b.con.canRedraw()
}

// step is told of every run.
func (p *benchProgress) step(s bench.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = s
}

// during runs work with progress beside it and returns work's error.
func (p *benchProgress) during(ctx context.Context, work func() error) error {
	p.began = time.Now()
	ctx, done := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { p.follow(ctx) })
	err := work()
	done()
	beside.Wait()
	return err
}

func (p *benchProgress) follow(ctx context.Context) {
	p.con.follow(ctx, func() { p.con.say("%s", strings.TrimSpace(p.line())) }, func(now time.Time) {
		if p.show && now.Sub(p.began) >= progressAfter {
			p.con.draw(p.parts()...)
		}
	})
}

// line is the state of the benchmark in one line of ASCII.
func (p *benchProgress) line() string { return strings.Join(p.parts(), partGap) }

// parts are those of the line, what matters most first.
func (p *benchProgress) parts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := time.Since(p.began)
	parts := []string{
		fmt.Sprintf("%3d%%", min(100, 100*gone/p.time)),
		plural(int64(p.now.Runs), "run"),
		clock(max(0, p.time-gone)) + " left",
		p.now.Variant,
	}
	if p.now.Runs > 0 {
		parts = append(parts, "the last "+bytesText(p.now.Last.Throughput())+"/s")
	}
	return parts
}
