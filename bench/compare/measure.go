package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock-go/penstock/bench/process"
)

// run runs a command whose output nobody wants, unless it fails.
func run(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// measuring is the runs of a job.
type measuring struct {
	job
	dir string // where the runs leave what they make
}

// timed runs p once, and returns its digests where they are wanted.
func (m measuring) timed(ctx context.Context, p program, wanted bool) (s process.Sample, digests string, err error) {
	at := place{filepath.Join(m.dir, "run")}
	if err := errors.Join(os.RemoveAll(at.dir), os.MkdirAll(at.dir, 0o700)); err != nil {
		return s, "", err
	}
	defer func() { err = errors.Join(err, m.settle(at)) }()
	if p.before != nil {
		if err := p.before(ctx, at); err != nil {
			return s, "", fmt.Errorf("prepare %s: %w", p.name, err)
		}
	}
	// Some programs drop what they have read from the page cache: after `rclone hashsum`
	// no page of a small file is left, and whoever came next would be measured with a
	// cold one.
	if err := warm(m.path); err != nil {
		return s, "", err
	}
	out := at.path("stdout")
	if s, err = process.Run(ctx, out, p.args(at)...); err != nil {
		return s, "", fmt.Errorf("%s: %w", p.name, err)
	}
	switch {
	case !wanted:
	case p.result != nil:
		digests, err = p.result(at)
	default:
		digests, err = digestsOf(out)
	}
	return s, digests, err
}

// settle takes what a run has made out of the way, and waits until the storage has done
// what it was given to do, so that the next run does not wait for it.
func (m measuring) settle(at place) error {
	if err := m.clear(at); err != nil {
		return err
	}
	f, err := os.Open(m.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return syncFilesystem(f)
}

// clear removes what a run has made, or, of many files, what is in them: ext4 does not
// use again the inode of a file that was removed in the last minutes, and each file
// that is made looks through all of those. What `cp -r` of 20,000 files takes of the
// processor went from 1 s to 9 s where the copy before it had been removed.
func (m measuring) clear(at place) error {
	if !m.many {
		return os.RemoveAll(at.dir)
	}
	err := filepath.WalkDir(at.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return os.Truncate(path, 0)
	})
	if err != nil {
		return err
	}
	emptied, err := os.MkdirTemp(m.dir, emptiedDirs)
	if err != nil {
		return err
	}
	return os.Rename(at.dir, filepath.Join(emptied, "run"))
}

// emptiedDirs are the directories of which clear has left something.
const emptiedDirs = "emptied-*"

// removeEmptied removes them.
func removeEmptied(dir string) error {
	dirs, err := filepath.Glob(filepath.Join(dir, emptiedDirs))
	for _, d := range dirs {
		err = errors.Join(err, os.RemoveAll(d))
	}
	return err
}

// pairs runs both in turn, one of them first in every other pair. The first pair shows
// that their digests agree; where there are several, it only warms up besides.
func (m measuring) pairs(ctx context.Context, other program, n int) (ours, theirs []process.Sample, err error) {
	warmUp := 0
	if n > 1 {
		warmUp = 1
	}
	for i := range n + warmUp {
		both := []program{m.ours, other}
		first := i % 2
		var samples [2]process.Sample
		var digests [2]string
		for _, k := range []int{first, 1 - first} {
			if samples[k], digests[k], err = m.timed(ctx, both[k], i == 0); err != nil {
				return nil, nil, err
			}
		}
		if i == 0 && (digests[0] == "" || digests[0] != digests[1]) {
			return nil, nil, fmt.Errorf("%s and %s come to different digests, or none", m.ours.name, other.name)
		}
		if i >= warmUp {
			ours, theirs = append(ours, samples[0]), append(theirs, samples[1])
		}
	}
	return ours, theirs, nil
}
