package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock-go/penstock/bench/proof"
	"github.com/penstock-go/penstock/checkpoint"
)

// kinds are what is killed: any, or those that live for a while after a checkpoint.
func (s *suite) kinds(checkpoints bool) []kind {
	list := []kind{
		slow, middle, holed, largeTree,
		{name: "200 MiB", bytes: 200 * mib},
		{name: "256 MiB", bytes: 256 * mib},
		{name: "tree of 256 MiB and 200 small files", bytes: 256 * mib, small: 200},
	}
	list = slices.DeleteFunc(list, func(k kind) bool { return k.bytes > int64(s.largest)*mib })
	if checkpoints {
		return list
	}
	return append(list, empty, oneMore, smallTree,
		kind{name: "1 B", bytes: 1},
		kind{name: "4095 B", bytes: 4095},
		kind{name: "1 MiB less 1 B", bytes: mib - 1},
		kind{name: "9 MiB", bytes: 9 * mib},
		kind{name: "64 MiB and 1 B", bytes: 64*mib + 1},
	)
}

func killCopy(ctx context.Context, s *suite) ([]proof.Row, error) {
	return s.kills(ctx, assault{verb: verbCopy, kills: 1, what: "kill -9 of copy"}, s.copies)
}

func killSum(ctx context.Context, s *suite) ([]proof.Row, error) {
	return s.kills(ctx, assault{verb: verbSum, kills: 1, what: "kill -9 of sum"}, s.sums)
}

func killTwice(ctx context.Context, s *suite) ([]proof.Row, error) {
	return s.kills(ctx, assault{verb: verbCopy, kills: 2, what: "kill -9 of copy, and again while it recovers"}, s.doubles)
}

// assault is how often a command is killed before it may end.
type assault struct {
	verb     string
	kills    int
	what     string
	recorded bool // the first time when there is a checkpoint
}

// tally is what the trials came to.
type tally struct {
	trials, right, clean int
	recorded             int // the kill came after the first checkpoint
	carried              int // of those, what was safe was not read again
	left                 []string
}

// kills makes n trials. Of three, one lets the kill come after a checkpoint, and two at
// any time.
func (s *suite) kills(ctx context.Context, a assault, n int) ([]proof.Row, error) {
	var t tally
	for i := range n {
		random := rand.New(rand.NewPCG(s.seed, uint64(i)))
		a.recorded = i%3 == 0
		kinds := s.kinds(a.recorded)
		of, err := s.original(kinds[random.IntN(len(kinds))])
		if err != nil {
			return nil, err
		}
		before := t
		t.trials++
		err = s.measure(ctx, a.verb, of)
		if err == nil {
			err = s.assault(ctx, a, of, random, &t)
		}
		if ctx.Err() != nil {
			t = before // what was interrupted shows nothing
			break
		}
		if err != nil {
			s.fault(fmt.Sprintf("%s, trial %d, %s", a.what, i, of.name), err)
		}
	}
	// A tenth of the kills at least has to find a checkpoint, so that all is not well
	// when there is none.
	return t.rows(fmt.Sprintf("%d × %s, files of 0 B to %d MiB and trees", t.trials, a.what, s.largest), t.trials/10), nil
}

// rows are what it came to; at least so many kills must have found a checkpoint.
func (t *tally) rows(what string, least int) []proof.Row {
	return []proof.Row{
		{
			What: what, Wanted: "the same command again: every byte and every digest right",
			Measured: fmt.Sprintf("%d of %d", t.right, t.trials), Met: t.right == t.trials,
		},
		t.leftovers(what),
		{
			What: what, Wanted: "of those after the first checkpoint, ≥ 90 % go on above 0",
			Measured: fmt.Sprintf("%d of %d", t.carried, t.recorded),
			Met:      t.recorded >= least && t.carried*10 >= t.recorded*9,
		},
	}
}

func (t *tally) leftovers(what string) proof.Row {
	r := proof.Row{
		What: what, Wanted: "nothing left in destination and state",
		Measured: fmt.Sprintf("%d of %d", t.clean, t.trials), Met: t.clean == t.trials,
	}
	if len(t.left) > 0 {
		r.Measured += ": " + kindsOf(t.left)
	}
	return r
}

// measure finds out how long the job takes when nobody disturbs it, and that it does
// what it is to do.
func (s *suite) measure(ctx context.Context, verb string, of *original) error {
	if of.took[verb] != 0 {
		return nil
	}
	in, err := s.place()
	if err != nil {
		return err
	}
	j := job{binary: s.shipped, verb: verb, of: of, in: in}
	e, err := j.run(ctx)
	if err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err != nil {
		return fmt.Errorf("%s of %s, undisturbed: %w", verb, of.name, err)
	}
	of.took[verb] = e.took
	return nil
}

// moments is how many moments are tried until one comes before the job's end.
const moments = 50

// assault is one trial: the job is killed at moments of chance, and then run to its
// end.
func (s *suite) assault(ctx context.Context, a assault, of *original, random *rand.Rand, t *tally) error {
	j := job{binary: s.shipped, verb: a.verb, of: of}
	within := slices.Repeat([]time.Duration{of.took[a.verb]}, a.kills)
	for range moments {
		in, err := s.place()
		if err != nil {
			return err
		}
		j.in = in
		killed, err := j.killed(ctx, a, random, within)
		if err != nil {
			return err
		}
		if killed {
			return j.recover(ctx, random, t)
		}
	}
	return fmt.Errorf("it was over before each of %d kills", moments)
}

// killed kills the job so often, and reports whether it was not over before. Each kill
// comes within its time, which is made shorter where the job was over: on a machine that
// does something else it may have been measured long.
func (j job) killed(ctx context.Context, a assault, random *rand.Rand, within []time.Duration) (bool, error) {
	for n := range a.kills {
		m := moment{delay: time.Duration(random.Float64() * float64(within[n]))}
		if n == 0 && a.recorded {
			m = moment{recorded: true, delay: m.delay / 4}
		}
		e, err := j.killAt(ctx, m)
		if err != nil {
			return false, err
		}
		if !e.killed() {
			within[n] = min(within[n], e.took)
			return false, e.wants(0)
		}
		if err := j.partly(); err != nil {
			return false, fmt.Errorf("killed %v: under a final name: %w", m, err)
		}
		if safe, err := j.in.safe(ctx); err != nil || m.recorded && safe == 0 {
			return false, err // it had got to the end of the file
		}
	}
	return true, nil
}

// recover runs the job to its end, and notes what came of it.
func (j job) recover(ctx context.Context, random *rand.Rand, t *tally) error {
	safe, err := j.in.safe(ctx)
	if err != nil {
		return err
	}
	if safe > 0 {
		t.recorded++
	}
	if random.IntN(2) == 0 {
		if err := j.in.spoilTails(ctx, random); err != nil {
			return err
		}
	}
	e, err := j.run(ctx)
	if err == nil {
		err = errors.Join(e.wants(0), j.whole())
	}
	if err != nil {
		return fmt.Errorf("run again: %w", err)
	}
	t.right++
	if safe > 0 && j.carried(e, safe) {
		t.carried++
	}
	left, err := j.in.left()
	if err == nil && len(left) == 0 {
		t.clean++
	}
	t.left = append(t.left, left...)
	return err
}

// carried reports whether a run that found so many bytes to be safe did not read them
// again.
func (j job) carried(e ending, safe int64) bool {
	if j.verb == verbSum {
		return e.resumedAt() == safe
	}
	return e.report.streamed >= 0 && e.report.streamed <= j.of.bytes-safe
}

// spoilTails writes into the temporary files, behind what their records say is safe,
// and makes them too long, as a power cut may.
func (p place) spoilTails(ctx context.Context, random *rand.Rand) error {
	records, err := p.records(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.State != checkpoint.Copying || r.Temp.Path == "" {
			continue
		}
		if err := spoilTail(filepath.Join(filepath.Dir(r.Destination), r.Temp.Path), r, random); err != nil {
			return err
		}
	}
	return nil
}

func spoilTail(path string, r checkpoint.Record, random *rand.Rand) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	junk := make([]byte, 64<<10)
	for i := range junk {
		junk[i] = byte(random.Uint32())
	}
	for _, at := range []int64{r.Offset, r.Source.Identity.Size - int64(len(junk)/2)} {
		if at < r.Offset {
			continue
		}
		if _, err := f.WriteAt(junk, at); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}
