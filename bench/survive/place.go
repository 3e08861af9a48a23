package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

// place is where one copy is made, with nothing of another one in it.
type place struct {
	out   string // directory of the copy
	lists string // directory of the list
	state string // XDG_STATE_HOME
}

// place makes an empty place where the one before it was: crash points name some of its
// directories.
func (s *suite) place() (place, error) {
	dir := filepath.Join(s.dir, "place")
	return emptyPlace(dir, dir, dir)
}

// emptyPlace is a place whose copies, lists and state are below these directories.
func emptyPlace(copies, lists, state string) (place, error) {
	p := place{
		out: filepath.Join(copies, "out"), lists: filepath.Join(lists, "lists"), state: filepath.Join(state, "state"),
	}
	for _, d := range []string{p.out, p.lists, p.state} {
		if err := errors.Join(os.RemoveAll(d), os.MkdirAll(d, 0o700)); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p place) copied() string { return filepath.Join(p.out, "copy") }
func (p place) list() string   { return filepath.Join(p.lists, "list") }
func (p place) kept() string   { return filepath.Join(p.state, "penstock") }

// left are the names of what should not be there any more once all is done.
func (p place) left() ([]string, error) {
	var left []string
	for dir, own := range map[string]string{p.out: "copy", p.lists: "list", p.kept(): ""} {
		found, err := names(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for name := range found {
			temporary, _ := filepath.Match(temporaryPattern, filepath.Base(name))
			if temporary || filepath.Dir(name) == "." && name != "." && name != own {
				left = append(left, filepath.Join(filepath.Base(dir), name))
			}
		}
	}
	slices.Sort(left)
	return left, nil
}

// records are the checkpoints that are kept.
func (p place) records(ctx context.Context) ([]checkpoint.Record, error) {
	d, err := disk.Open(p.kept())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	var records []checkpoint.Record
	for r, err := range checkpoint.NewFileStore(d).List(ctx) {
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// safe is how many bytes the records say are safe.
func (p place) safe(ctx context.Context) (int64, error) {
	records, err := p.records(ctx)
	var bytes int64
	for _, r := range records {
		bytes += r.Offset
	}
	return bytes, err
}

// awaitRecord waits for the first checkpoint.
func (p place) awaitRecord(ctx context.Context) error {
	for {
		found, err := filepath.Glob(filepath.Join(p.kept(), "*.record"))
		if err != nil || len(found) > 0 {
			return err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
