package bench

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/penstock-go/penstock/bench/process"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
)

// Run is one run of a variant.
type Run struct {
	Round        int // from 1 on
	Took         time.Duration
	Bytes, Items int64
	CPU          time.Duration // of the process; 0 where it is not known
	PeakRSS      int64         // bytes; 0 where it is not known
	Bottleneck   string        // empty where nothing was watched or nobody waited
}

// Throughput is bytes a second.
func (r Run) Throughput() float64 { return float64(r.Bytes) / max(r.Took.Seconds(), 1e-9) }

// Moment is what a run was like at one moment.
type Moment struct {
	At    time.Duration // since the run began
	Bytes int64         // that had arrived
	Fills []Fill
	Level pressure.Level
}

// take is a run with what of it is kept once for all runs of a variant.
type take struct {
	Run
	moments []Moment
	waits   []Wait
	latency *stages.Latency
}

// once measures one run of v. slot is when it is told to stop; zero means never.
func (v Variant) once(ctx context.Context, slot time.Duration) (t take, err error) {
	p := &Probe{stop: make(chan struct{})}
	debug.FreeOSMemory() // what the run before has left is not this one's
	forgetPeak()
	cpu := process.CPUTime()
	began := time.Now()
	film := film{probe: p, began: began, every: shortest}
	end := film.beside(slot)
	err = v.Run(ctx, p)
	t.Took = time.Since(began)
	t.CPU = process.CPUTime() - cpu
	end()
	t.PeakRSS = peakRSS()
	last := p.state()
	t.Bytes, t.Items, t.Bottleneck = last.Bytes, last.Items, Bottleneck(last.Waits)
	t.moments, t.waits, t.latency = film.moments, last.Waits, &p.latency
	if errors.Is(err, stages.ErrStopped) && closed(p.stop) {
		err = nil
	}
	return t, err
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// film is the moments of a run. At most so many are kept, however long it lasts:
// when there are more, every other goes, and the next are twice as far apart.
type film struct {
	probe   *Probe
	began   time.Time
	every   time.Duration
	moments []Moment
}

const (
	// shortest is the time from one moment to the next of a run that has just begun:
	// asking for one takes some microseconds.
	shortest = 4 * time.Millisecond
	// mostMoments is as many as a plot has room for.
	mostMoments = 128
)

// beside follows a run until the function that it returns has been called, and
// tells it to stop after the slot.
func (f *film) beside(slot time.Duration) (end func()) {
	over := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() { f.follow(over) })
	if slot > 0 {
		both.Go(func() {
			timer := time.NewTimer(slot)
			defer timer.Stop()
			select {
			case <-timer.C:
				close(f.probe.stop)
			case <-over:
			}
		})
	}
	return func() {
		close(over)
		both.Wait()
	}
}

func (f *film) follow(over <-chan struct{}) {
	timer := time.NewTimer(f.every)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-over:
			return
		}
		s := f.probe.state()
		f.moments = append(f.moments, Moment{time.Since(f.began), s.Bytes, s.Fills, s.Level})
		if len(f.moments) == mostMoments {
			f.halve()
		}
		timer.Reset(f.every)
	}
}

// halve keeps the second of every two moments.
func (f *film) halve() {
	f.every *= 2
	i := 0
	f.moments = slices.DeleteFunc(f.moments, func(Moment) bool { i++; return i%2 == 1 })
}
