package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// The settings of a variant.
const (
	settingWork    = "work"
	settingDigests = "digests"
	settingCache   = "cache"
	settingChunk   = "chunk"
	settingStreams = "streams"
)

// trial is a combination of settings.
type trial struct {
	work, cache string
	set         []digest.Algorithm // empty where only reading is measured
	chunk       *sizeFlag
	streams     *countFlag
}

// variants are all combinations, those first that are to win where two are alike: few
// files at once, and a chunk size that is found.
func (b *benching) variants() []bench.Variant {
	b.narrow()
	var all []bench.Variant
	for _, cache := range b.cache.values {
		for _, work := range b.work.values {
			for _, set := range b.setsFor(work.value) {
				for _, streams := range b.counts.values {
					for _, chunk := range b.chunks.values {
						all = append(all, b.variant(trial{work.value, cache.value, set, chunk, streams}))
					}
				}
			}
		}
	}
	return all
}

// narrow sets the flags that were not given to what tells something about the subject:
// a file below the streaming trigger is one chunk, and one file is one stream.
func (b *benching) narrow() {
	if !b.chunks.given && !b.subject.large {
		b.chunks.values = b.chunks.values[:1]
	}
	if b.counts.given {
		return
	}
	cores := runtime.GOMAXPROCS(0)
	for _, n := range []int{1, cores, 2 * cores} {
		if f := b.counts.one(); n == 1 || b.subject.files > 1 && n > b.counts.values[len(b.counts.values)-1].n {
			f.n = n
			b.counts.values = append(b.counts.values, f)
		}
	}
}

// setsFor are the digest sets of a work. Copies have the first: what the digests take
// is told by hashing.
func (b *benching) setsFor(work string) [][]digest.Algorithm {
	switch work {
	case workRead:
		return [][]digest.Algorithm{nil}
	case workCopy:
		return b.sets[:1]
	}
	return b.sets
}

func (b *benching) variant(t trial) bench.Variant {
	v := bench.Variant{Settings: t.settings(), Name: t.name()}
	v.Run = func(ctx context.Context, p *bench.Probe) error { return b.try(ctx, t, p) }
	v.Before = b.subject.warm
	if t.cache == cacheCold {
		v.Before = func(ctx context.Context) error { _, err := b.subject.drop(ctx); return err }
	}
	if t.work == workCopy {
		v.After = func(context.Context) error { return removeAll(b.subject.copies) }
	}
	return v
}

func (t trial) settings() []bench.Setting {
	s := []bench.Setting{{Name: settingWork, Value: t.work}}
	if t.set != nil {
		s = append(s, bench.Setting{Name: settingDigests, Value: setName(t.set)})
	}
	return append(s,
		bench.Setting{Name: settingCache, Value: t.cache},
		bench.Setting{Name: settingStreams, Value: t.streams.String()},
		bench.Setting{Name: settingChunk, Value: chunkText(t.chunk)})
}

// name has all of the settings, so that it finds the same variant of another day.
func (t trial) name() string {
	words := []string{t.work}
	if t.set != nil {
		words = append(words, setName(t.set))
	}
	words = append(words, t.cache, "streams="+t.streams.String(), "chunk="+chunkText(t.chunk))
	return strings.Join(words, " ")
}

// chunkText is a chunk size without a rest: all are multiples of 4 KiB.
func chunkText(f *sizeFlag) string {
	switch {
	case f.bytes == 0:
		return automatic
	case f.bytes%(1<<20) == 0:
		return fmt.Sprintf("%dM", f.bytes>>20)
	}
	return fmt.Sprintf("%dK", f.bytes>>10)
}

func setName(set []digest.Algorithm) string {
	names := make([]string, len(set))
	for i, a := range set {
		names[i] = a.String()
	}
	return strings.Join(names, ",")
}

// try runs a trial once, as sum and copy would.
func (b *benching) try(ctx context.Context, t trial, p *bench.Probe) error {
	b.streams.n, b.chunk.bytes = t.streams.n, t.chunk.bytes
	control, err := b.job.control(b.ceiling)
	if err != nil {
		return err
	}
	p.Observe(func() bench.State { return stateOf(control) })
	defer func() {
		p.Merge(control.Latency())
		b.subject.reached(control.Arrived())
		control.Pool().Shed()
	}()
	o := batch.Options{Control: control, MaxStreams: mostStreams(), Stop: p.Stop()}
	if t.work == workCopy {
		return b.copyOnce(ctx, t, o)
	}
	walk, err := b.subject.walk(batch.WalkOptions{})
	if err != nil {
		return err
	}
	defer walk.Close()
	return batch.Sum(ctx, taken(walk.Files), t.set, &batch.Hashing{Options: o}, func(r batch.Summed) error {
		b.leaveOut(r.Path, r.Err)
		return nil
	})
}

// stateOf is what a control sees, and what the streams have waited for. A stream that
// finds no memory, or is held back by a level, waits in its first stage.
func stateOf(c *stages.Control) bench.State {
	seen := c.Stats()
	s := bench.State{Bytes: seen.Bytes, Items: seen.Chunks, Level: seen.Pressure.Limits.Level}
	for _, l := range seen.Links {
		s.Fills = append(s.Fills, bench.Fill{From: l.From, To: l.To, Share: l.Fill})
		s.Waits = append(s.Waits,
			bench.Wait{By: l.From, For: l.To, Time: l.SendWait}, bench.Wait{By: l.To, For: l.From, Time: l.RecvWait})
	}
	if len(s.Waits) > 0 {
		s.Waits = append(s.Waits,
			bench.Wait{By: "read", For: "memory", Time: seen.Lost.Memory},
			bench.Wait{By: "read", For: "level", Time: seen.Lost.Levels})
	}
	return s
}

// copyOnce copies everything into a directory that After removes.
func (b *benching) copyOnce(ctx context.Context, t trial, o batch.Options) (err error) {
	to := copyPaths{target: filepath.Join(b.subject.copies, "to"), flat: b.subject.dir}
	if !to.flat {
		to.name = filepath.Base(b.subject.path)
	}
	if err := os.Mkdir(b.subject.copies, 0o700); err != nil {
		return err
	}
	records, err := checkpoint.OpenDirectory(ctx, filepath.Join(b.subject.copies, "records"))
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	target, err := local.OpenTarget(ctx, to.target)
	if err != nil {
		return err
	}
	defer func() { _ = target.Close() }()
	walk, err := b.subject.walk(batch.WalkOptions{Directories: true, Links: true})
	if err != nil {
		return err
	}
	defer walk.Close()
	var scope cleanup.Scope
	defer func() { err = errors.Join(err, scope.Close(ctx)) }()
	return batch.Copy(ctx, taken(walk.Files), &batch.Copying{
		Options: o, Target: target, Place: to.place, Algorithms: t.set, Verify: batch.VerifyNone,
		Resume: batch.Resume{Store: checkpoint.NewFileStore(records)}, Job: "bench", Scope: &scope,
	}, func(r batch.CopyResult) error {
		b.leaveOut(r.Path, r.Err)
		return nil
	})
}

// mostTold is how many files a person is told of that could not be read.
const mostTold = 20

// leaveOut notes that a file could not be read, or copied, and tells a person once.
func (b *benching) leaveOut(path string, err error) {
	if err == nil || b.told[path] {
		return
	}
	b.unread++
	if len(b.told) == mostTold {
		return
	}
	if b.told == nil {
		b.told = map[string]bool{}
	}
	b.told[path] = true
	b.problem(path, err)
}
