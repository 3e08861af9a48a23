package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// rates holds a limit of bytes a second against what passes, and changes it.
func rates(ctx context.Context, s size) ([]proof.Row, error) {
	var rows []proof.Row
	for _, rate := range []int64{1e6, 100e6, 1e9} {
		for _, streams := range []int{1, manyStreams} {
			r, err := rate1(ctx, rate, streams, s)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r...)
		}
	}
	return rows, nil
}

func rate1(ctx context.Context, rate int64, streams int, s size) ([]proof.Row, error) {
	control, err := newControl(stages.ControlOptions{Rates: pressure.Rates{Bytes: rate}})
	if err != nil {
		return nil, err
	}
	paths, remove, err := sparse(1 << 40)
	if err != nil {
		return nil, err
	}
	defer remove()
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		_, err := work{
			control: control, streams: streams, paths: paths[:streams], algorithms: []digest.Algorithm{digest.XXH3},
		}.run(running)
		ended <- err
	}()
	held := passes(control, time.Duration(s.seconds)*time.Second) / float64(rate)
	if err := control.Limiter().Set(pressure.Rates{Bytes: rate / 2}); err != nil {
		return nil, err
	}
	time.Sleep(500 * time.Millisecond) // what it has to follow within
	followed := passes(control, time.Duration(s.seconds)*time.Second/2) / float64(rate/2)
	stop()
	if err := <-ended; err != nil && running.Err() == nil {
		return nil, err
	}
	what := fmt.Sprintf("--bwlimit of %d MB/s, %d streams: ", rate/1e6, streams)
	return []proof.Row{
		{What: what + "rate", Wanted: "within 3 %", Measured: fmt.Sprintf("%.3f of it", held), Met: math.Abs(held-1) <= 0.03},
		{
			What: what + "half of it from the first 0.5 s after a change", Wanted: "within 3 %",
			Measured: fmt.Sprintf("%.3f of it", followed), Met: math.Abs(followed-1) <= 0.03,
		},
	}, nil
}

// passes is how many bytes arrive in a second, over a while.
func passes(c *stages.Control, d time.Duration) float64 {
	start, before := time.Now(), c.Arrived()
	time.Sleep(d)
	return float64(c.Arrived()-before) / time.Since(start).Seconds()
}
