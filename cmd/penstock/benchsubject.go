package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// mostFiles is as many files of a tree as are measured: more would take longer to
// prepare than to measure.
const mostFiles = 20_000

// subject is what is measured: a file, or the files below a directory.
type subject struct {
	name string // as a person calls it
	path string
	dir  bool
	skip []checkpoint.Identity // what is not a part of it

	files, bytes int64
	more         bool // files than are taken
	large        bool // a file among them is large enough to be cut into chunks
	cached       bool // nothing of it can be dropped from the page cache
	copies       string

	reach atomic.Int64 // most bytes that a run has come to
}

// find makes of the path what is measured.
func (b *benching) find(ctx context.Context, path string, skip []checkpoint.Identity) error {
	s := &b.subject
	status, err := local.Stat(ctx, path)
	if err != nil {
		b.problem(path, err)
		return failed(exitPartial)
	}
	if mode := status.Mode; !mode.IsDir() && !mode.IsRegular() {
		b.problem(path, &storage.NotRegularError{Mode: mode})
		return failed(exitPartial)
	}
	s.name, s.path, s.dir, s.skip = path, path, status.Mode.IsDir(), skip
	beside := path
	switch {
	case b.size.bytes > 0 && !s.dir:
		return usage("--make makes data in a directory, and %s is none; name a directory", quoted(path))
	case b.size.bytes > 0:
		if err := b.makeData(ctx, path); err != nil {
			return err
		}
	default:
		if abs, err := filepath.Abs(path); err == nil {
			beside = filepath.Dir(abs)
		}
	}
	if b.measures(workCopy) {
		if err := b.placeCopies(ctx, beside); err != nil {
			return err
		}
	}
	if err := s.count(ctx); err != nil {
		return err
	}
	if s.bytes == 0 {
		return usage("%s has nothing in it to measure; name something else, or make data: penstock bench --make 1G %s",
			quoted(path), shellWord(filepath.Dir(path)))
	}
	return b.dropOnce(ctx)
}

func (b *benching) measures(work string) bool {
	return slices.ContainsFunc(b.work.values, func(f *choiceFlag) bool { return f.value == work })
}

// placeCopies makes the directory for copies.
func (b *benching) placeCopies(ctx context.Context, beside string) error {
	dir := beside
	if b.to != "" {
		dir = b.to
	}
	made, err := b.scratch.in(dir)
	if err != nil {
		return fatal(fmt.Errorf("make a directory for copies in %s: %w; "+
			"name another with --to, or leave copies out with --measure read,hash", quoted(dir), reason(err)))
	}
	b.subject.copies = filepath.Join(made, "copy")
	if s, err := local.Stat(ctx, made); err == nil {
		b.subject.skip = append(b.subject.skip, s.Identity)
	}
	return nil
}

// walk goes over the files, in the same order each time.
func (s *subject) walk(o batch.WalkOptions) (*batch.Walk, error) {
	o.Paths, o.Skip = []string{s.path}, s.skip
	return batch.NewWalk(o)
}

// errEnough ends a walk over more files than are taken.
var errEnough = errors.New("enough files")

// taken are the files of a walk that are measured.
func taken(files pipeline.Source[batch.File]) pipeline.Source[batch.File] {
	return func(ctx context.Context, emit func(batch.File) error) error {
		n := 0
		err := files(ctx, func(f batch.File) error {
			if f.Kind == batch.RegularFile {
				if n++; n > mostFiles {
					return errEnough
				}
			}
			return emit(f)
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
}

// each calls do with every file that is measured and can be looked at.
func (s *subject) each(ctx context.Context, do func(path string, bytes int64) error) error {
	walk, err := s.walk(batch.WalkOptions{})
	if err != nil {
		return err
	}
	defer walk.Close()
	return taken(walk.Files)(ctx, func(f batch.File) error {
		if f.Err != nil {
			return nil //nolint:nilerr // the runs tell of it
		}
		info, err := os.Stat(f.Path)
		if err != nil {
			return nil //nolint:nilerr // likewise
		}
		return do(f.Path, info.Size())
	})
}

func (s *subject) count(ctx context.Context) error {
	return s.each(ctx, func(_ string, bytes int64) error {
		s.files++
		s.bytes += bytes
		s.large = s.large || bytes >= stages.StreamingTrigger
		s.more = s.files == mostFiles
		return nil
	})
}

// String is what it is, in words.
func (s *subject) String() string {
	return fmt.Sprintf("%s: %s, %s", quoted(s.name), plural(s.files, "file"), bytesText(float64(s.bytes)))
}
