package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/penstock-go/penstock/bench/process"
	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/stages"
)

// cost measures what the control takes of the processor: a sample, and all of it
// beside the hashing of 2 GiB.
func cost(ctx context.Context, s size) ([]proof.Row, error) {
	control, err := newControl(stages.ControlOptions{})
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithTimeout(ctx, time.Duration(s.seconds)*time.Second)
	defer stop()
	before := process.CPUTime()
	if err := control.Run(watching); err != nil { // its samples are all that takes time
		return nil, err
	}
	sample := (process.CPUTime() - before) / time.Duration(control.Stats().Pressure.Samples)
	rows := []proof.Row{{What: "one sample", Wanted: "< 1 ms of CPU", Measured: sample.String(), Met: sample < time.Millisecond}}
	share, err := costBeside(ctx, s.pairs)
	if err != nil {
		return append(rows, proof.Row{What: "all of the control on runs of 2 GiB", Wanted: "< 1 % of CPU", Skipped: err.Error()}), nil
	}
	return append(rows, proof.Row{
		What: "all of the control on runs of 2 GiB", Wanted: "< 1 % of CPU", Met: share < 1,
		Measured: fmt.Sprintf("%.2f %%, by a profile of %d runs", share, s.pairs),
	}), nil
}

// costBeside is the part of a profile in which a function of the control is on the
// stack, percent.
func costBeside(ctx context.Context, runs int) (float64, error) {
	paths, remove, err := sparse(2 << 30 / manyStreams)
	if err != nil {
		return 0, err
	}
	defer remove()
	profile, err := os.CreateTemp("", "penstock-control-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(profile.Name()) }()
	defer profile.Close()
	control, err := newControl(stages.ControlOptions{})
	if err != nil {
		return 0, err
	}
	if err := pprof.StartCPUProfile(profile); err != nil {
		return 0, err
	}
	for range runs {
		if err = sum(ctx, control, paths); err != nil {
			break
		}
	}
	pprof.StopCPUProfile()
	if err != nil {
		return 0, err
	}
	return shareOf(ctx, profile.Name())
}

// ofControl are the functions of the control, but for those that call a stage.
const ofControl = `/pressure\.|/sizing\.|stages\.\(\*(Control|flow|rate|Latency|tracker)\)|` +
	`stages\.\(\*stream\)\.(Next|beforeRead|mayRead|limit|fill|arrived)|batch\.\(\*(streams|width)\)\.(measure|allowed|step)`

// shownShare is in the head of what pprof prints.
var shownShare = regexp.MustCompile(`accounting for .*, +([0-9.]+)% of .* total`)

func shareOf(ctx context.Context, profile string) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodefraction=0", "-focus="+ofControl, self, profile).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("go tool pprof: %w: %s", err, out)
	}
	found := shownShare.FindSubmatch(out)
	if found == nil {
		return 0, nil // nothing of it was ever met
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
