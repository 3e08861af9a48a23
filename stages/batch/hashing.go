package batch

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/sourcegraph/conc/panics"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// Hashing is what [Sum] and [Check] do with every file. It may be used for one
// batch after another.
type Hashing struct {
	Options
	Stdin io.Reader // what a File that is Standard reads, once
	// Resume lets files continue where an earlier batch was stopped.
	Resume Resume

	// Retrying, when set, is told of a file that failed for the moment.
	Retrying func(path string, f retry.Failure)

	// Arrived counts the bytes of files that were hashed, Active the files at work, and
	// Retries the attempts beyond the first of a file. All may be read while the batch
	// runs.
	Arrived, Active, Retries atomic.Int64

	sets sets
}

// apart runs f, and makes of a panic in it an error: it is one file's and no
// other's.
func apart(f func() error) error {
	var err error
	if r := panics.Try(func() { err = f() }); r != nil {
		return &pipeline.PanicError{Value: r.Value, Stack: r.Stack}
	}
	return err
}

// hashed is a source whose digests are wanted.
type hashed struct {
	storage.Source
	*attempts
	algorithms []digest.Algorithm
	// candidates are all that may be wanted in the end, where that is not known yet.
	candidates []digest.Algorithm
	// again says that its bytes have been counted.
	again bool
}

// name is the source's path as a user would write it, empty where it has none.
func (s hashed) name() string {
	if named, ok := s.Source.(interface{ Path() string }); ok {
		return named.Path()
	}
	return ""
}

// attempts are those at the file path.
func (h *Hashing) attempts(path string) *attempts {
	return &attempts{path: path, control: h.Control, retries: &h.Retries, retrying: h.Retrying}
}

// hash reads the source through the five stages and returns its length in bytes
// and its digests, in the order of the algorithms.
func (h *Hashing) hash(ctx context.Context, src hashed) (size int64, sums [][]byte, err error) {
	set := h.sets.get(src.algorithms)
	t := stages.Transfer{
		Source: src.Source, Set: set, Control: h.Control, Stop: h.Stop,
		Workers: workers(),
		Arrived: func(bytes int) {
			size += int64(bytes)
			if !src.again {
				h.Arrived.Add(int64(bytes))
			}
		},
	}
	if h.Resume.keeps(src) {
		err = h.Resume.run(ctx, src, &t)
	} else {
		err = t.Run(ctx)
	}
	if err != nil && src.Size() < 0 {
		err = onceError{err}
	}
	if err != nil {
		return 0, nil, err
	}
	sums = set.Sums()
	h.sets.put(src.algorithms, set)
	return size + t.Offset, sums, nil
}
