package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// What this program does itself, as a process of its own, where no command does it:
// copying with and without records, and being interrupted at a certain place.
const (
	ownCopy      = "-copy"
	ownInterrupt = "-interrupt"
)

// own runs one of them.
func own(ctx context.Context, args []string) error {
	switch {
	case args[0] == ownCopy && len(args) == 4:
		return copyOnce(ctx, args[1], args[2], args[3])
	case args[0] == ownInterrupt && len(args) == 4:
		return interrupt(ctx, args[1], args[2], args[3])
	}
	return fmt.Errorf("unknown arguments %q", args)
}

// checkpoints is a copy with records beside the same copy without.
func checkpoints(_ tools, c corpus) job {
	big := c.path("big")
	with := func(name string, records func(place) string) program {
		return program{
			name: name, before: emptyState,
			args: func(p place) []string {
				return []string{os.Args[0], ownCopy, big, p.path("to"), records(p)}
			},
			result: func(p place) (string, error) { return treeDigests(p.path("to")) },
		}
	}
	return job{
		name: "checkpoints of a copy of the big file", make: c.big, path: big,
		ours: with("copied with records", func(p place) string { return p.path("state") }),
		peers: []peer{
			{with("without records", func(place) string { return "" }), 1.03, nil},
		},
	}
}

// newBatch is as the command has it with its defaults, but for these.
func newBatch(o stages.ControlOptions, stop <-chan struct{}) (batch.Options, error) {
	o.Pressure.Thresholds.MaxMemory = 48 << 20
	control, err := stages.NewControl(o)
	return batch.Options{Control: control, Stop: stop}, err
}

// copyOnce copies a file into a directory, and keeps records in another where it is
// named.
func copyOnce(ctx context.Context, from, to, records string) (err error) {
	o, err := newBatch(stages.ControlOptions{}, nil)
	if err != nil {
		return err
	}
	work := &batch.Copying{
		Options: o, Algorithms: []digest.Algorithm{digest.SHA256}, Verify: batch.VerifyNone, Job: "compare",
		Place: func(f batch.File) string { return filepath.Base(f.Path) },
	}
	if records != "" {
		if work.Resume.Store, err = recordsIn(ctx, records); err != nil {
			return err
		}
	}
	if work.Target, err = local.OpenTarget(ctx, to); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, work.Target.Close()) }()
	work.Scope = new(cleanup.Scope)
	defer func() { err = errors.Join(err, work.Scope.Close(ctx)) }()
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{from}, Directories: true})
	if err != nil {
		return err
	}
	defer walk.Close()
	return batch.Copy(ctx, walk.Files, work, func(r batch.CopyResult) error { return r.Err })
}

// recordsIn is where the command keeps its records below a state directory.
func recordsIn(ctx context.Context, state string) (checkpoint.Store, error) {
	dir, err := checkpoint.OpenDirectory(ctx, filepath.Join(state, "penstock"))
	if err != nil {
		return nil, err
	}
	return checkpoint.NewFileStore(dir), nil // for as long as the process lives
}

// mostTries is how often a busy machine may come too late to interrupt a hash.
const mostTries = 5

// resumed is the rest of a hash that was interrupted at 1.9 of 2 GiB, beside the whole.
func resumed(t tools, c corpus) job {
	big := c.path("big")
	at := (2 << 30) / int64(c.scale) / 20 * 19
	rest := program{
		name: "penstock sum, interrupted at 1.9 of 2 GiB",
		before: func(ctx context.Context, p place) (err error) {
			for range mostTries {
				if err = run(ctx, os.Args[0], ownInterrupt, big, p.path("state"), strconv.FormatInt(at, 10)); err == nil {
					return nil
				}
			}
			return err
		},
		args: func(p place) []string {
			return []string{"env", "XDG_STATE_HOME=" + p.path("state"), t.penstock, "sum", "-q", big}
		},
	}
	whole := program{
		name: "all of it",
		args: func(p place) []string {
			return []string{"env", "XDG_STATE_HOME=" + p.path("state"), t.penstock, "sum", "-q", big}
		},
	}
	return job{
		name: "hash of the big file, resumed", make: c.big, path: big, ours: rest,
		peers: []peer{{whole, 0.1, nil}},
	}
}

// interrupt hashes a file until so many bytes have arrived, is then told to stop, and
// leaves the record that the command goes on with.
func interrupt(ctx context.Context, path, state, bytes string) error {
	most, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		return err
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	// Small chunks, because those on their way when it is told to stop still arrive.
	o, err := newBatch(stages.ControlOptions{Rates: pressure.Rates{Bytes: most}, Chunk: 64 << 10}, stop)
	if err != nil {
		return err
	}
	h := &batch.Hashing{Options: o}
	if h.Resume.Store, err = recordsIn(ctx, state); err != nil {
		return err
	}
	var watching sync.WaitGroup
	watching.Go(func() { stopAt(h, most, stop, ended) })
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{path}})
	if err != nil {
		return err
	}
	defer walk.Close()
	err = batch.Sum(ctx, walk.Files, []digest.Algorithm{digest.SHA256}, h, func(r batch.Summed) error { return r.Err })
	close(ended)
	watching.Wait()
	if err != nil && !errors.Is(err, stages.ErrStopped) {
		return err
	}
	return recorded(ctx, h.Resume.Store, most)
}

// stopAt closes stop when so many bytes have arrived. The last quarter of them is let
// through slowly, so that there is time to stop before the end of the file.
func stopAt(h *batch.Hashing, bytes int64, stop chan<- struct{}, ended <-chan struct{}) {
	for h.Arrived.Load() < bytes {
		if h.Arrived.Load() > bytes/4*3 {
			_ = h.Control.Limiter().Set(pressure.Rates{Bytes: bytes / 4}) // a rate that is allowed
		}
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
	close(stop)
}

// recorded is an error unless there is a record of at least so many bytes.
func recorded(ctx context.Context, records checkpoint.Store, bytes int64) error {
	for r, err := range records.List(ctx) {
		if err == nil && r.Offset >= bytes {
			return nil
		}
	}
	return fmt.Errorf("no record of %d bytes", bytes)
}
