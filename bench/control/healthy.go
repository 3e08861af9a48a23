package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// healthy holds ten streams with the control against ten without, in turn. All of
// them read the same files, which the first pair brings into the page cache.
func healthy(ctx context.Context, s size) ([]proof.Row, error) {
	paths, remove, err := sparse(s.file / 40)
	if err != nil {
		return nil, err
	}
	defer remove()
	var ratios []float64
	var seen highest
	for i := range s.pairs + 1 {
		jobs := []string{"with", "without"}
		if i%2 == 1 {
			slices.Reverse(jobs)
		}
		took := map[string]time.Duration{}
		for _, job := range jobs {
			out, err := apart(ctx, "", job, filepath.Dir(paths[0]))
			if err != nil {
				return nil, err
			}
			var one highest
			var d time.Duration
			if _, err := fmt.Sscan(out, (*int64)(&d), &one.level, &one.memory); err != nil {
				return nil, err
			}
			took[job] = d
			seen.raise(one)
		}
		if i > 0 { // the first pair warms up
			ratios = append(ratios, took["without"].Seconds()/took["with"].Seconds())
		}
	}
	slices.Sort(ratios)
	middle := ratios[len(ratios)/2]
	return []proof.Row{
		{What: "10 healthy streams", Wanted: "level NONE", Measured: seen.String(), Met: seen == highest{}},
		{
			What: "their throughput, control on over control off", Wanted: "≥ 0.97",
			Measured: fmt.Sprintf("%.3f (%.3f–%.3f)", middle, ratios[0], ratios[len(ratios)-1]), Met: middle >= 0.97,
		},
	}, nil
}

// sumWith takes the files of a directory through ten streams with a control, and
// prints how long it took and the highest levels.
func sumWith(ctx context.Context, dir string) error {
	control, err := commandControl()
	if err != nil {
		return err
	}
	return sumTimed(ctx, control, dir)
}

// sumWithout does so without.
func sumWithout(ctx context.Context, dir string) error { return sumTimed(ctx, nil, dir) }

func sumTimed(ctx context.Context, control *stages.Control, dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	var seen highest
	if control != nil {
		control.Monitor().OnChange(seen.see)
	}
	start := time.Now()
	if err := sum(ctx, control, paths); err != nil {
		return err
	}
	fmt.Println(int64(time.Since(start)), seen.level, seen.memory)
	return nil
}

func sum(ctx context.Context, control *stages.Control, paths []string) error {
	_, err := work{control: control, streams: manyStreams, paths: paths, algorithms: []digest.Algorithm{digest.SHA256}}.run(ctx)
	return err
}
