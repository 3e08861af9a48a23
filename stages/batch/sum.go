package batch

import (
	"context"
	"errors"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// Summed is what became of one file.
type Summed struct {
	File          // as the walk gave it
	Size int64    // bytes that were read
	Sums [][]byte // one for each algorithm, in their order; nil when Err says why there are none
}

// Unfinished says that the file was told to stop in the middle.
func (s Summed) Unfinished() bool { return errors.Is(s.Err, stages.ErrStopped) }

// Sum computes the digests of every file and hands the results to out, in the
// order of the files. An error of a file is its result's; the error that Sum
// returns is files', out's, or the context's cause.
func Sum(ctx context.Context, files pipeline.Source[File], algorithms []digest.Algorithm,
	h *Hashing, out func(Summed) error,
) error {
	return Run(ctx, files, func(ctx context.Context, f File) Summed {
		return h.sum(ctx, f, algorithms)
	}, out, h.Options)
}

func (h *Hashing) sum(ctx context.Context, f File, algorithms []digest.Algorithm) Summed {
	r := Summed{File: f}
	if f.Err != nil {
		return r
	}
	h.Active.Add(1)
	defer h.Active.Add(-1)
	tries := h.attempts(f.Path)
	r.Err = apart(func() error {
		return tries.do(ctx, func(ctx context.Context) error {
			src, err := h.open(ctx, f)
			if err != nil {
				return err
			}
			defer src.Close()
			r.Size, r.Sums, err = h.hash(ctx, hashed{Source: src, attempts: tries, algorithms: algorithms})
			return err
		})
	})
	return r
}

func (h *Hashing) open(ctx context.Context, f File) (OpenSource, error) {
	if f.Standard {
		return Standard(h.Stdin), nil
	}
	return f.Open(ctx)
}
