package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// roomFor is where the disk is full: behind the first checkpoint of a file of 96 MiB.
const roomFor = 80 * mib

// obstacle is something that makes a copy end.
type obstacle struct {
	what string
	kind kind
	// mount, where it is not nil, makes the file system of the copies or that of what
	// outlives the process, and says which.
	mount func(ctx context.Context, s *suite) (m *medium, keeps bool, err error)
	// meet is called when the command has begun, and remove when it has ended.
	meet, remove func(ctx context.Context, m *medium, p *process, in place) error
	before       bool // meet is called before it begins
	continues    bool // there was a checkpoint
}

func obstacles() []obstacle {
	return []obstacle{
		{
			what: "the destination is full", kind: middle, continues: true,
			mount: func(ctx context.Context, s *suite) (*medium, bool, error) {
				m, err := newTmpfs(ctx, filepath.Join(s.dir, "full"), roomFor)
				return m, false, err
			},
			remove: func(ctx context.Context, m *medium, _ *process, _ place) error { return m.remount(ctx, "size=1G") },
		},
		{
			what: "the destination is full, on ext4", kind: middle, continues: true,
			mount: func(ctx context.Context, s *suite) (*medium, bool, error) {
				m, err := newExt4(ctx, filepath.Join(s.dir, "full"), 256*mib)
				return m, false, err
			},
			before: true,
			meet:   func(_ context.Context, m *medium, _ *process, _ place) error { return m.leave(roomFor) },
			remove: func(_ context.Context, m *medium, _ *process, _ place) error { return m.empty() },
		},
		{
			what: "the state folder is full in the middle", kind: slow, continues: true,
			mount: stateOnTmpfs,
			meet: func(ctx context.Context, m *medium, _ *process, in place) error {
				return errors.Join(in.awaitRecord(ctx), m.fill())
			},
			remove: func(_ context.Context, m *medium, _ *process, _ place) error { return m.empty() },
		},
		{
			what: "the state folder is full from the beginning", kind: oneMore,
			mount: stateOnTmpfs, before: true,
			meet:   func(_ context.Context, m *medium, _ *process, _ place) error { return m.fill() },
			remove: func(_ context.Context, m *medium, _ *process, _ place) error { return m.empty() },
		},
		{
			what: "the destination is read-only", kind: oneMore,
			mount: func(ctx context.Context, s *suite) (*medium, bool, error) {
				m, err := newTmpfs(ctx, filepath.Join(s.dir, "full"), roomFor)
				return m, false, err
			},
			before: true,
			meet:   func(ctx context.Context, m *medium, _ *process, _ place) error { return m.remount(ctx, "ro") },
			remove: func(ctx context.Context, m *medium, _ *process, _ place) error { return m.remount(ctx, "rw") },
		},
		{
			what: "no file may have more than 80 MiB", kind: middle, continues: true,
			meet: func(_ context.Context, _ *medium, p *process, _ place) error {
				return limitFiles(p.cmd.Process.Pid, roomFor)
			},
		},
	}
}

func stateOnTmpfs(ctx context.Context, s *suite) (*medium, bool, error) {
	m, err := newTmpfs(ctx, filepath.Join(s.dir, "full"), mib)
	return m, true, err
}

// full lets copies meet what they cannot go on against, takes it away and runs them
// again.
func full(ctx context.Context, s *suite) ([]row, error) {
	var rows []row
	for _, o := range obstacles() {
		r := row{what: "copy: " + o.what, wanted: "exit 5; right when run again", measured: "so it is", met: true}
		if o.continues {
			r.wanted = "exit 5, temporary file and record kept; goes on above 0 when run again"
		}
		var m *medium
		keeps := false
		if o.mount != nil {
			var err error
			if m, keeps, err = o.mount(ctx, s); err != nil {
				r.skipped = err.Error()
				rows = append(rows, r)
				continue
			}
		}
		if err := s.obstruct(ctx, o, m, keeps); err != nil {
			s.fault(r.what, err)
			r.measured, r.met = "wrong", false
		}
		m.close(ctx)
		rows = append(rows, r)
	}
	return rows, nil
}

func (s *suite) obstruct(ctx context.Context, o obstacle, m *medium, keeps bool) error {
	of, err := s.original(o.kind)
	if err != nil {
		return err
	}
	dirs := []string{filepath.Join(s.dir, "place"), filepath.Join(s.dir, "place")}
	switch {
	case m != nil && keeps:
		dirs[1] = m.dir
	case m != nil:
		dirs[0] = m.dir
	}
	in, err := emptyPlace(dirs[0], dirs[1])
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
		err = o.remove(ctx, m, nil, in)
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
		if err := o.meet(ctx, m, nil, j.in); err != nil {
			return ending{}, err
		}
	}
	p, err := j.start(ctx)
	if err != nil {
		return ending{}, err
	}
	if o.meet != nil && !o.before {
		err = o.meet(ctx, m, p, j.in)
	}
	e, werr := p.wait()
	return e, errors.Join(err, werr)
}

// awaitRecord waits for the first checkpoint.
func (p place) awaitRecord(ctx context.Context) error {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(10 * time.Millisecond) {
		found, err := filepath.Glob(filepath.Join(p.kept(), "*.record"))
		if err != nil || len(found) > 0 {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return errors.New("no record was made")
}

// ballast is what fills a medium up.
func (m *medium) ballast() string { return filepath.Join(m.dir, "ballast") }

func (m *medium) empty() error { return os.Remove(m.ballast()) }

// fill leaves no room at all.
func (m *medium) fill() error { return m.leave(0) }

// leave leaves so many bytes of room.
func (m *medium) leave(bytes int64) error {
	f, err := os.OpenFile(m.ballast(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = nil
	var at int64
	for block := make([]byte, mib); len(block) > 0; {
		n, werr := f.WriteAt(block, at)
		if at += int64(n); werr != nil {
			block = block[:len(block)/2] // to the last byte
		}
	}
	if bytes > 0 {
		err = errors.Join(f.Truncate(at-bytes), f.Sync())
	}
	return errors.Join(err, f.Close())
}
