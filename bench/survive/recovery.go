package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/checkpoint"
)

// Where the process dies in the middle of a file, and when the copy is in the journal
// and its record is still there.
var (
	inTheMiddle = point{"after rename *.record", 1}
	journaled   = point{"before remove *.record", 2}
)

// meddling is what somebody does to the files while nothing runs.
type meddling struct {
	what, wanted string
	kind         kind
	dies         point
	do           func(ctx context.Context, j job, random *rand.Rand) error
	// continues says that what is safe is not to be read again.
	continues bool
}

func meddlings() []meddling {
	return []meddling{
		{
			what: "the temporary file has junk behind what is safe", wanted: "cut off, and continued",
			kind: middle, dies: inTheMiddle, continues: true, do: spoilTails,
		},
		{
			what: "the temporary file has junk where the source has a hole", wanted: "cut off, and continued",
			kind: holed, dies: inTheMiddle, continues: true, do: spoilTails,
		},
		{
			what: "the temporary file is shorter than what is safe", wanted: "copied anew",
			kind: middle, dies: inTheMiddle,
			do: func(ctx context.Context, j job, _ *rand.Rand) error {
				return j.temporary(ctx, func(path string, r checkpoint.Record) error { return os.Truncate(path, r.Offset-1) })
			},
		},
		{
			what: "another file has the name of the temporary one", wanted: "not continued",
			kind: middle, dies: inTheMiddle, do: replaceTemporary,
		},
		{
			what: "the source has changed, and kept its size and time", wanted: "the copy is what it is now",
			kind: changing("middle"), dies: inTheMiddle, do: changeSource,
		},
		{
			what: "the copy was written to after it was done", wanted: "copied anew",
			kind: oneMore, dies: journaled,
			do: func(_ context.Context, j job, _ *rand.Rand) error { return flip(j.in.copied(), 1000) },
		},
		{
			what: "the source was written to after the copy was done", wanted: "the copy is what it is now",
			kind: changing("done"), dies: journaled, do: changeSource,
		},
	}
}

// changing is a kind of which there is one for each trial that changes it.
func changing(when string) kind { return kind{name: "96 MiB that change, " + when, bytes: 96 * mib} }

// recovery lets the process die in the middle and meddles with the files before it is
// run again.
func recovery(ctx context.Context, s *suite) ([]proof.Row, error) {
	var rows []proof.Row
	for _, m := range meddlings() {
		if !s.wants(m.what) {
			continue
		}
		r := proof.Row{What: "killed; then " + m.what, Wanted: m.wanted, Measured: "right", Met: true}
		if err := s.meddle(ctx, m); err != nil {
			s.fault("recovery, "+m.what, err)
			r.Measured, r.Met = "wrong", false
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (s *suite) meddle(ctx context.Context, m meddling) error {
	of, err := s.original(m.kind)
	if err != nil {
		return err
	}
	in, err := s.place()
	if err != nil {
		return err
	}
	j := job{binary: s.points, verb: verbCopy, of: of, in: in, env: m.dies.env()}
	e, err := j.run(ctx)
	if err == nil {
		err = e.wants(-1)
	}
	if err != nil {
		return err
	}
	safe, err := in.safe(ctx)
	if err == nil && safe == 0 {
		err = errors.New("there is no record to recover by")
	}
	if err == nil {
		err = m.do(ctx, j, rand.New(rand.NewPCG(s.seed, 0)))
	}
	if err != nil {
		return err
	}
	j.env = nil
	if e, err = j.run(ctx); err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err == nil && m.continues && !j.carried(e, safe) {
		err = fmt.Errorf("%d bytes were safe, and %d were read", safe, e.report.streamed)
	}
	return err
}

// temporary calls do with the temporary file that a record speaks of.
func (j job) temporary(ctx context.Context, do func(path string, r checkpoint.Record) error) error {
	records, err := j.in.records(ctx)
	if err != nil {
		return err
	}
	if len(records) != 1 {
		return fmt.Errorf("there are %d records, and not 1", len(records))
	}
	return do(filepath.Join(filepath.Dir(records[0].Destination), records[0].Temp.Path), records[0])
}

func spoilTails(ctx context.Context, j job, random *rand.Rand) error {
	return j.in.spoilTails(ctx, random)
}

// replaceTemporary puts as many other bytes in the place of the temporary file.
func replaceTemporary(ctx context.Context, j job, random *rand.Rand) error {
	return j.temporary(ctx, func(path string, r checkpoint.Record) error {
		junk := make([]byte, r.Offset+mib)
		for i := range junk {
			junk[i] = byte(random.Uint32())
		}
		// The other one first, so that it does not get the inode of the old.
		return errors.Join(os.WriteFile(path+".new", junk, 0o600), os.Rename(path+".new", path))
	})
}

// changeSource changes a byte, and takes care that size and time are what they were.
func changeSource(_ context.Context, j job, _ *rand.Rand) error {
	info, err := os.Stat(j.of.path)
	if err != nil {
		return err
	}
	if err := flip(j.of.path, 1000); err != nil {
		return err
	}
	data, err := os.ReadFile(j.of.path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	j.of.files[0].sum = hex.EncodeToString(sum[:])
	return os.Chtimes(j.of.path, time.Time{}, info.ModTime())
}

// flip changes a byte of a file.
func flip(path string, at int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	if err == nil {
		b[0] ^= 1
		_, err = f.WriteAt(b, at)
	}
	return errors.Join(err, f.Close())
}
