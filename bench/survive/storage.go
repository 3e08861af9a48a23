package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// spoiled is a write of the copy that stores another byte and says that all is well.
var spoiled = point{"spoil .penstock-*.tmp", 2}

// storage copies to storage that keeps something else than it was given, and says that
// all is well: only who reads it back can know.
func storage(ctx context.Context, s *suite) ([]row, error) {
	var rows []row
	for _, k := range []kind{oneMore, smallTree} {
		for _, verify := range []string{"medium", "cache"} {
			r := row{
				what:   fmt.Sprintf("storage keeps a wrong byte: copy --verify %s of %s", verify, k.name),
				wanted: "exit 1, nothing wrong has a final name, right when run again", measured: "so it is", met: true,
			}
			if err := s.spoil(ctx, k, verify); err != nil {
				s.fault(r.what, err)
				r.measured, r.met = "wrong", false
			}
			rows = append(rows, r)
		}
	}
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
		err = errors.Join(e.wants(1), os.RemoveAll(in.list())) // of what is right
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
