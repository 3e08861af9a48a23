package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
)

// cutBytes is how large each of the two file systems is: enough for a copy, its
// temporary file and what is left of the one before.
const cutBytes = 1 << 30

// media are the two file systems whose power is cut: one has the copies, the other the
// lists and what outlives the process. They are two because on ext4 whatever is synced
// last makes the names last that came before it.
type media struct{ copies, keeps *medium }

func newMedia(ctx context.Context, dir string) (m media, err error) {
	if m.copies, err = newExt4(ctx, filepath.Join(dir, "copies"), cutBytes); err == nil {
		m.keeps, err = newExt4(ctx, filepath.Join(dir, "keeps"), cutBytes)
	}
	if err == nil {
		err = errors.Join(m.cut(), m.again(ctx)) // is it possible at all?
	}
	if err != nil {
		m.close(ctx)
	}
	return m, err
}

func (m media) close(ctx context.Context) {
	m.copies.close(ctx)
	m.keeps.close(ctx)
}

func (m media) cut() error { return errors.Join(m.copies.cut(), m.keeps.cut()) }

func (m media) again(ctx context.Context) error {
	return errors.Join(m.copies.again(ctx), m.keeps.again(ctx))
}

// place is synced: a cut would bring back what was there before.
func (m media) place(ctx context.Context) (place, error) {
	p, err := emptyPlace(m.copies.dir, m.keeps.dir, m.keeps.dir)
	if err != nil {
		return p, err
	}
	return p, tool(ctx, "sync", "-f", m.copies.dir, m.keeps.dir)
}

// blackout is one cut.
type blackout struct {
	media
	job
	at   moment // the zero value is right after the end
	told map[string]bool
	over bool // the command said that all is well before
}

// afterTheEnd and amidst are when the power is cut.
const (
	afterTheEnd = "after the end"
	amidst      = "in the middle"
)

func power(ctx context.Context, s *suite) ([]proof.Row, error) {
	what := fmt.Sprintf("%d × power cut of ext4 while copy runs", s.cuts)
	m, err := newMedia(ctx, s.dir)
	if err != nil {
		return []proof.Row{{What: what, Wanted: "0 wrong bytes under a final name", Skipped: err.Error()}}, nil
	}
	defer m.close(ctx)
	var t tally
	wrong, lost := 0, 0
	for i := range s.cuts {
		when := amidst
		if i%4 == 3 {
			when = afterTheEnd
		}
		if !s.wants(when) {
			continue
		}
		random := rand.New(rand.NewPCG(s.seed, uint64(i)))
		b, err := s.blackout(ctx, m, random, i)
		if err != nil {
			return nil, err
		}
		trial := fmt.Sprintf("power, cut %d, %s, %s, %v", i, b.of.name, when, b.at)
		if err := b.happen(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", trial, err)
		}
		t.trials++
		if err := b.partly(); err != nil {
			wrong++
			s.fault(trial, fmt.Errorf("under a final name: %w", err))
		}
		if err := b.keptWord(); err != nil {
			lost++
			s.fault(trial, err)
		}
		if err := b.recover(ctx, random, &t); err != nil {
			s.fault(trial, err)
		}
	}
	rows := []proof.Row{
		{What: what, Wanted: "0 wrong bytes under a final name", Measured: fmt.Sprintf("%d of %d cuts", wrong, t.trials), Met: wrong == 0},
		{What: what, Wanted: "nothing lost that was said to be done", Measured: fmt.Sprintf("%d of %d cuts", lost, t.trials), Met: lost == 0},
	}
	return append(rows, t.rows(what, s.cuts/20)...), nil
}

// blackout chooses what is cut, and when: of four cuts, one comes after a checkpoint,
// one right after the command has said that all is well, and two at any time.
func (s *suite) blackout(ctx context.Context, m media, random *rand.Rand, i int) (*blackout, error) {
	kinds := []kind{largeTree, smallTree, oneMore, middle}
	if i%4 == 0 {
		kinds = []kind{middle, largeTree}
	}
	of, err := s.original(kinds[(i/4+i%4)%len(kinds)])
	if err != nil {
		return nil, err
	}
	in, err := m.place(ctx)
	if err != nil {
		return nil, err
	}
	b := &blackout{media: m, job: job{binary: s.shipped, verb: verbCopy, of: of, in: in}}
	if i%4 == 3 {
		return b, nil
	}
	if of.took["power"] == 0 {
		e, err := b.run(ctx)
		if err = errors.Join(err, e.wants(0)); err != nil {
			return nil, err
		}
		of.took["power"] = e.took
		if b.in, err = m.place(ctx); err != nil {
			return nil, err
		}
	}
	b.at.delay = max(1, time.Duration(random.Float64()*float64(of.took["power"])))
	if i%4 == 0 {
		b.at = moment{recorded: true, delay: max(1, b.at.delay/4)}
	}
	return b, nil
}

// happen runs the job, cuts the power and brings it back.
func (b *blackout) happen(ctx context.Context) error {
	p, err := b.start(ctx)
	if err != nil {
		return err
	}
	running, over := context.WithCancel(ctx)
	ended := make(chan struct{})
	var e ending
	var failed error
	go func() {
		defer close(ended)
		defer over()
		e, failed = p.wait()
	}()
	if b.at == (moment{}) || b.at.come(running, b.in) != nil {
		<-ended
		if err := errors.Join(failed, e.wants(0)); err != nil {
			return err
		}
		b.over = true
	}
	freeze(p.cmd.Process) // or it would see the one file system fail before the other
	told, err := readReport(p.out.String())
	b.told = told.told
	err = errors.Join(err, b.cut())
	_ = p.cmd.Process.Kill() // it may be over
	<-ended
	return errors.Join(err, b.again(ctx))
}

// keptWord is nil where all is there that was said to be done.
func (b *blackout) keptWord() error {
	if b.over {
		if err := b.whole(); err != nil {
			return fmt.Errorf("lost after exit 0: %w", err)
		}
	}
	for name := range maps.Keys(b.told) {
		path := filepath.Join(b.in.copied(), name)
		if b.of.small == 0 {
			path = filepath.Join(b.in.out, name)
		}
		if _, err := os.Lstat(path); err != nil {
			return fmt.Errorf("lost after it was said to be copied: %w", err)
		}
	}
	return nil
}
