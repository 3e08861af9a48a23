package batch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// Resume lets a file that is hashed continue where it was when an earlier batch
// was stopped, by whatever. The zero value does not.
type Resume struct {
	// Store keeps the digests' states; nil means that nothing is kept.
	Store checkpoint.Store
	// Afresh begins every file at its beginning, and keeps what comes.
	Afresh bool
	// Marks say how often a state is kept.
	Marks stages.Marks
	// Continued, when set, is told of each file that continues, and where, bytes.
	Continued func(path string, offset int64)
	// Ignored, when set, is told of each state that could not be used, and why: the
	// file is read from its beginning then.
	Ignored func(path string, why error)
}

// errChangedSince is why a state is not used whose file is another now.
var errChangedSince = errors.New("it has changed since it was interrupted")

// keeps reports whether states of src are kept: of what is above the streaming
// trigger, and has a name and a length.
func (r Resume) keeps(src hashed) bool {
	return r.Store != nil && src.name() != "" && src.Size() >= stages.StreamingTrigger
}

// run hashes src from where its record says, and keeps a record of it meanwhile.
func (r Resume) run(ctx context.Context, src hashed, t *stages.Transfer) error {
	id, err := streamOf(src)
	if err != nil {
		return t.Run(ctx) // nothing can be kept under such a name
	}
	now, err := storage.Begin(ctx, src.Source)
	if err != nil {
		return err
	}
	kept, err := r.restore(ctx, id, src, now, t)
	if err != nil {
		return err
	}
	t.Marks = r.Marks
	t.Save = func(ctx context.Context, at stages.Safe) error {
		kept = true
		err := r.Store.Save(ctx, checkpoint.Record{
			Stream: id, Source: checkpoint.File{Path: src.name(), Identity: now},
			Offset: at.Offset, Chunk: at.Chunk, Time: time.Now(),
			Digests: []checkpoint.DigestState{{Algorithm: joined(src.algorithms), State: at.State}},
		})
		if err == nil {
			src.progress = at.Offset
		}
		return err
	}
	if t.Offset > 0 {
		src.progress = t.Offset
		src.recovering()
	}
	err = t.Run(ctx)
	if kept && (err == nil || errors.Is(err, storage.ErrChanged)) {
		return errors.Join(err, r.Store.Delete(ctx, id))
	}
	return err
}

// algorithms are those that src was read for when it was interrupted; nil where
// nothing is kept of that, or nothing that would serve its candidates.
func (r Resume) algorithms(ctx context.Context, src hashed) []digest.Algorithm {
	if !r.keeps(src) || r.Afresh {
		return nil
	}
	id, err := streamOf(src)
	if err != nil {
		return nil
	}
	record, err := r.Store.Load(ctx, id)
	if err != nil || len(record.Digests) != 1 {
		return nil // if it is an error, restore meets it again
	}
	kept, err := digest.ParseSet(record.Digests[0].Algorithm)
	if err != nil || slices.ContainsFunc(kept, func(a digest.Algorithm) bool { return !slices.Contains(src.candidates, a) }) {
		return nil
	}
	return kept
}

// restore brings the transfer to where the file's record says, and reports whether
// there is a record.
func (r Resume) restore(ctx context.Context, id string, src hashed, now checkpoint.Identity, t *stages.Transfer) (kept bool, err error) {
	if r.Afresh {
		return true, nil // perhaps; it is removed at the end
	}
	record, err := r.Store.Load(ctx, id)
	switch {
	case errors.Is(err, checkpoint.ErrNotFound):
		return false, nil
	case errors.Is(err, checkpoint.ErrUnusable):
		r.ignored(src.name(), err)
		return true, nil
	case err != nil:
		return false, fmt.Errorf("load checkpoint: %w", err)
	}
	d := checkpoint.Recover(&record, checkpoint.Found{}, checkpoint.Found{}, now)
	if d.Action != checkpoint.Continue {
		r.ignored(src.name(), errChangedSince)
		return true, nil
	}
	if len(record.Digests) != 1 || record.Digests[0].Algorithm != joined(src.algorithms) {
		return true, nil
	}
	if err := t.Set.UnmarshalBinary(record.Digests[0].State); err != nil {
		r.ignored(src.name(), err)
		return true, nil
	}
	t.Offset, t.Chunks = d.Offset, record.Chunk
	if r.Continued != nil {
		r.Continued(src.name(), d.Offset)
	}
	return true, nil
}

func (r Resume) ignored(path string, why error) {
	if r.Ignored != nil {
		r.Ignored(path, why)
	}
}

// streamOf is the id of a file that is hashed with these algorithms. Which of its
// candidates are tried first depends on what was ready when, and is not in it: the
// next run finds what this one has kept.
func streamOf(src hashed) (string, error) {
	path, err := filepath.Abs(src.name())
	if err != nil {
		return "", err
	}
	id := "sum\x00" + joined(src.algorithms) + "\x00" + path
	if src.candidates != nil {
		id = "check\x00" + joined(src.candidates) + "\x00" + path
	}
	if len(id) > checkpoint.MaxID {
		return "", checkpoint.ErrTooLarge
	}
	return id, nil
}
