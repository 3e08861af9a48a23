package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/bench/proof"
)

// roomFor is where the disk is full: behind the first checkpoint of a file of 96 MiB.
const roomFor = 80 * mib

// obstacle is something that makes a copy end.
type obstacle struct {
	what string
	kind kind
	// mount, where it is not nil, makes a file system on dir, for the copies, or where
	// keeps is set for what outlives the process.
	mount func(ctx context.Context, dir string) (*medium, error)
	keeps bool
	// meet is called when the command has begun, or before, and remove when it has
	// ended. Either may be nil.
	meet      func(ctx context.Context, m *medium, in place, p *process) error
	before    bool
	remove    func(ctx context.Context, m *medium) error
	continues bool // there was a checkpoint
}

func obstacles() []obstacle {
	return []obstacle{
		{
			what: "the destination is full", kind: middle, continues: true,
			mount:  tmpfsOf(roomFor),
			remove: func(ctx context.Context, m *medium) error { return m.remount(ctx, "size=1G") },
		},
		{
			what: "the destination is full, on ext4", kind: middle, continues: true,
			mount: func(ctx context.Context, dir string) (*medium, error) { return newExt4(ctx, dir, 256*mib) },
			meet:  func(_ context.Context, m *medium, _ place, _ *process) error { return m.fill(roomFor) }, before: true,
			remove: throwOut,
		},
		{
			what: "the state folder is full in the middle", kind: slow, continues: true,
			mount: tmpfsOf(mib), keeps: true,
			meet: func(ctx context.Context, m *medium, in place, _ *process) error {
				return errors.Join(in.awaitRecord(ctx), m.fill(0))
			},
			remove: throwOut,
		},
		{
			what: "the state folder is full from the beginning", kind: oneMore,
			mount: tmpfsOf(mib), keeps: true,
			meet: func(_ context.Context, m *medium, _ place, _ *process) error { return m.fill(0) }, before: true,
			remove: throwOut,
		},
		{
			what: "the destination is read-only", kind: oneMore,
			mount: tmpfsOf(roomFor),
			meet:  func(ctx context.Context, m *medium, _ place, _ *process) error { return m.remount(ctx, "ro") }, before: true,
			remove: func(ctx context.Context, m *medium) error { return m.remount(ctx, "rw") },
		},
		{
			what: "no file may have more than 80 MiB", kind: middle, continues: true,
			meet: func(_ context.Context, _ *medium, _ place, p *process) error {
				return limitFiles(p.cmd.Process.Pid, roomFor)
			},
		},
	}
}

func throwOut(_ context.Context, m *medium) error { return os.Remove(m.ballast()) }

func tmpfsOf(bytes int64) func(ctx context.Context, dir string) (*medium, error) {
	return func(ctx context.Context, dir string) (*medium, error) { return newTmpfs(ctx, dir, bytes) }
}

// full lets copies meet what they cannot go on against, takes it away and runs them
// again.
func full(ctx context.Context, s *suite) ([]proof.Row, error) {
	var rows []proof.Row
	for _, o := range obstacles() {
		if s.wants(o.what) {
			rows = append(rows, s.obstacle(ctx, o))
		}
	}
	return rows, nil
}

func (s *suite) obstacle(ctx context.Context, o obstacle) proof.Row {
	r := proof.Row{What: "copy: " + o.what, Wanted: "exit 5; right when run again", Measured: "so it is", Met: true}
	if o.continues {
		r.Wanted = "exit 5, temporary file and record kept; goes on above 0 when run again"
	}
	var m *medium
	if o.mount != nil {
		var err error
		if m, err = o.mount(ctx, filepath.Join(s.dir, "full")); err != nil {
			r.Skipped = err.Error()
			return r
		}
		defer m.close(ctx)
	}
	if err := s.obstruct(ctx, o, m); err != nil {
		s.fault(r.What, err)
		r.Measured, r.Met = "wrong", false
	}
	return r
}

func (s *suite) obstruct(ctx context.Context, o obstacle, m *medium) error {
	of, err := s.original(o.kind)
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, "place")
	copies, state := dir, dir
	switch {
	case m != nil && o.keeps:
		state = m.dir
	case m != nil:
		copies = m.dir
	}
	in, err := emptyPlace(copies, dir, state)
	if err != nil {
		return err
	}
	j := job{binary: s.shipped, verb: verbCopy, of: of, in: in}
	e, err := j.meet(ctx, o, m)
	if err != nil {
		return err
	}
	if err := errors.Join(e.wants(5), j.partly()); err != nil {
		return err
	}
	safe, err := in.safe(ctx)
	if err == nil && o.continues && safe == 0 {
		err = errors.New("no record was kept")
	}
	if err == nil && o.remove != nil {
		err = o.remove(ctx, m)
	}
	if err != nil {
		return err
	}
	if e, err = j.run(ctx); err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err == nil && o.continues && !j.carried(e, safe) {
		err = fmt.Errorf("%d bytes were safe, and %d were read", safe, e.report.streamed)
	}
	return err
}

// meet runs the job into the obstacle.
func (j job) meet(ctx context.Context, o obstacle, m *medium) (ending, error) {
	if o.before {
		if err := o.meet(ctx, m, j.in, nil); err != nil {
			return ending{}, err
		}
	}
	p, err := j.start(ctx)
	if err != nil {
		return ending{}, err
	}
	if o.meet != nil && !o.before {
		err = o.meet(ctx, m, j.in, p)
	}
	e, werr := p.wait()
	return e, errors.Join(err, werr)
}
