package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-go/penstock/bench/proof"
)

var (
	// spoiled is a write of the copy that stores another byte and says that all is
	// well; the first is the job's own file.
	spoiled = point{"spoil .penstock-*.tmp", 2}
	// unsynced is the last sync of a copy of which there is a record: the one before it
	// is that of the record, and the first that of the job's file.
	unsynced = point{"fail .penstock-*.tmp", 3}
)

// storage copies to storage that keeps something else than it was given, and to one
// that fails to sync.
func storage(ctx context.Context, s *suite) ([]proof.Row, error) {
	var rows []proof.Row
	try := func(what, wanted string, trial func() error) {
		if !s.wants(what) {
			return
		}
		r := proof.Row{What: what, Wanted: wanted, Measured: "so it is", Met: true}
		if err := trial(); err != nil {
			s.fault(what, err)
			r.Measured, r.Met = "wrong", false
		}
		rows = append(rows, r)
	}
	for _, k := range []kind{oneMore, smallTree} {
		for _, verify := range []string{"medium", "cache"} {
			try(fmt.Sprintf("storage keeps a wrong byte: copy --verify %s of %s", verify, k.name),
				"exit 1, nothing wrong has a final name, right when run again",
				func() error { return s.spoil(ctx, k, verify) })
		}
	}
	try("a sync of the data fails: copy of "+middle.name, "written again from the source, to a new file",
		func() error { return s.unsync(ctx) })
	return rows, nil
}

func (s *suite) spoil(ctx context.Context, k kind, verify string) error {
	made, err := s.original(k)
	if err != nil {
		return err
	}
	in, err := s.place()
	if err != nil {
		return err
	}
	of := *made
	of.flags = append(slices.Clone(of.flags), "--verify", verify)
	j := job{binary: s.points, verb: verbCopy, of: &of, in: in, env: spoiled.env()}
	e, err := j.run(ctx)
	if err == nil {
		err = errors.Join(e.wants(1), os.RemoveAll(in.list())) // which is one of what is right
	}
	if err == nil {
		err = j.partly()
	}
	if err != nil {
		return err
	}
	j.env = nil
	if e, err = j.run(ctx); err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	return err
}

// unsync lets a sync fail. The kernel counts as clean what it could not write, so that
// nothing may be done with that file any more but to remove it.
func (s *suite) unsync(ctx context.Context) error {
	of, err := s.original(middle)
	if err != nil {
		return err
	}
	in, err := s.place()
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "trace")
	defer func() { _ = os.Remove(file) }()
	j := job{binary: s.points, verb: verbCopy, of: of, in: in, env: append(unsynced.env(), crashTrace+file)}
	e, err := j.run(ctx)
	if err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err != nil {
		return err
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, rest, failed := strings.Cut(string(lines), "fail ")
	name, rest, _ := strings.Cut(rest, "\n")
	if !failed {
		return errors.New("no sync has failed")
	}
	for line := range strings.Lines(rest) {
		what, on := strings.CutSuffix(strings.TrimSuffix(line, "\n"), " "+name)
		if on && what != "after sync" && !strings.HasSuffix(what, " remove") {
			return fmt.Errorf("the file whose sync failed is used again: %s", line)
		}
	}
	return nil
}
