package batch

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
	"github.com/penstock-go/penstock/stages/storage"
)

// Verdict is what a check found of one file.
type Verdict uint8

// The verdicts. The zero value is none.
const (
	Matches    Verdict = iota + 1 // every listed digest, and the size where listed, is the file's
	Differs                       // one is not
	Missing                       // no such file
	Unreadable                    // there is one, but it could not be read; Err says why
)

// Checked is an entry of a list and what became of it.
type Checked struct {
	Entry   manifest.Entry
	Verdict Verdict
	Err     error // with Missing and Unreadable
}

// Unfinished says that the file was told to stop in the middle.
func (c Checked) Unfinished() bool { return errors.Is(c.Err, stages.ErrStopped) }

// Opener opens what an entry names.
type Opener func(ctx context.Context, e manifest.Entry) (OpenSource, error)

// Check computes the digests of every entry's file and hands a verdict on each
// to out, in the order of the entries. An error of a file is its verdict's; the
// error that Check returns is entries', out's, or the context's cause.
//
// Where a list does not say which algorithm made a digest, all of its length
// are tried at once until one has matched; from then on that one is tried first.
func Check(ctx context.Context, entries pipeline.Source[manifest.Entry], open Opener,
	h *Hashing, out func(Checked) error,
) error {
	var known settled
	return Run(ctx, entries, func(ctx context.Context, e manifest.Entry) Checked {
		c := Checked{Entry: e, Verdict: Unreadable} // which a panic leaves it
		tries := h.attempts(e.Name)
		c.Err = apart(func() error {
			return tries.do(ctx, func(ctx context.Context) (err error) {
				c.Verdict, err = h.check(ctx, e, open, &known, tries)
				return err
			})
		})
		return c
	}, out, h.Options)
}

func (h *Hashing) check(ctx context.Context, e manifest.Entry, open Opener, known *settled, tries *attempts) (Verdict, error) {
	h.Active.Add(1)
	defer h.Active.Add(-1)
	src, err := open(ctx, e)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Missing, err
	case err != nil:
		return Unreadable, err
	}
	defer src.Close()
	if e.Size >= 0 && src.Size() >= 0 && src.Size() != e.Size {
		return Differs, nil
	}
	if len(e.Candidates) > 0 {
		return h.checkUnnamed(ctx, src, e, known, tries)
	}
	algorithms := make([]digest.Algorithm, len(e.Sums))
	for i, s := range e.Sums {
		algorithms[i] = s.Algorithm
	}
	_, sums, err := h.hash(ctx, hashed{Source: src, attempts: tries, algorithms: algorithms})
	if err != nil {
		return Unreadable, err
	}
	for i, s := range e.Sums {
		if !bytes.Equal(s.Value, sums[i]) {
			return Differs, nil
		}
	}
	return Matches, nil
}

// checkUnnamed checks a digest whose algorithm the list does not name. A file that
// does not match the algorithm that others did is read again for the rest: a list
// may be put together of several.
func (h *Hashing) checkUnnamed(ctx context.Context, src storage.Source, e manifest.Entry, known *settled, tries *attempts) (Verdict, error) {
	file := hashed{Source: src, attempts: tries, algorithms: known.of(e.Candidates), candidates: e.Candidates}
	if src.Size() < 0 { // it can be read once
		file.algorithms = e.Candidates
	}
	if kept := h.Resume.algorithms(ctx, file); kept != nil {
		file.algorithms = kept
	}
	for untried := e.Candidates; len(untried) > 0; file.algorithms = untried {
		_, sums, err := h.hash(ctx, file)
		if err != nil {
			return Unreadable, err
		}
		for i, sum := range sums {
			if bytes.Equal(e.Sums[0].Value, sum) {
				known.settle(file.algorithms[i])
				return Matches, nil
			}
		}
		untried = without(untried, file.algorithms)
		file.again = true
	}
	return Differs, nil
}

func without(all, some []digest.Algorithm) (rest []digest.Algorithm) {
	for _, a := range all {
		if !slices.Contains(some, a) {
			rest = append(rest, a)
		}
	}
	return rest
}
