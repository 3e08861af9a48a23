package batch_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// flaky is a file of zeros that some reads fail of.
type flaky struct{ zeros }

func (flaky) Path() string { return "flaky" }

func (f flaky) Identity(context.Context) (checkpoint.Identity, error) {
	return checkpoint.Identity{Device: 1, Inode: 1, Size: f.size, ModTime: 1, ChangeTime: 1}, nil
}

func (flaky) Close() error { return nil }

// checkFlaky checks a file of so many zeros against their digest, or against what
// might be one of several, in a time that passes by itself.
func checkFlaky(t *testing.T, h *batch.Hashing, size int, candidates []digest.Algorithm, read func(p []byte) error) (got batch.Checked) {
	t.Helper()
	sum := sha256.Sum256(make([]byte, size))
	e := entry("flaky", manifest.Sum{Algorithm: digest.SHA256, Value: sum[:]})
	e.Candidates = candidates
	err := batch.Check(t.Context(), pipeline.FromSlice([]manifest.Entry{e}), func(context.Context, manifest.Entry) (batch.OpenSource, error) {
		return flaky{zeros{size: int64(size), read: read}}, nil
	}, h, func(c batch.Checked) error {
		got = c
		return nil
	})
	require.NoError(t, err)
	require.Zero(t, h.Control.Pool().Live())
	return got
}

func TestCheckTriesAgain(t *testing.T) {
	for _, fault := range []error{syscall.EIO, syscall.ESTALE, syscall.ETIMEDOUT, syscall.ENOMEM} {
		for _, size := range []int{1, 100 << 10, 3 << 20} {
			for _, candidates := range [][]digest.Algorithm{nil, digest.BySize(32)} {
				synctest.Test(t, func(t *testing.T) {
					reads, h := 0, newHashing(t)
					var told []string
					h.Retrying = func(path string, f retry.Failure) { told = append(told, fmt.Sprint(path, f.Attempts)) }
					got := checkFlaky(t, h, size, candidates, func([]byte) error {
						if reads++; reads == 1 {
							return fault
						}
						return nil
					})
					require.NoError(t, got.Err)
					require.Equal(t, batch.Matches, got.Verdict)
					require.Equal(t, int64(1), h.Retries.Load())
					require.Equal(t, []string{"flaky1"}, told)
					require.Equal(t, int64(1), h.Control.Metrics().Recoveries)
					require.Equal(t, int64(1), h.Control.Metrics().Recovered)
				})
			}
		}
	}
}

func TestCheckGivesUp(t *testing.T) {
	for _, fault := range []error{syscall.EIO, syscall.ETIMEDOUT, syscall.EACCES} {
		synctest.Test(t, func(t *testing.T) {
			h := newHashing(t)
			got := checkFlaky(t, h, 10, nil, func([]byte) error { return fault })
			require.Equal(t, batch.Unreadable, got.Verdict)
			require.ErrorIs(t, got.Err, fault)
			class := retry.Classify(fault)
			_, gaveUp := errors.AsType[*retry.GaveUpError](got.Err)
			require.Equal(t, class.Temporary(), gaveUp, "%v", got.Err)
			require.Equal(t, int64(class.Policy().Attempts-1), h.Retries.Load())
		})
	}
}

// A large file goes on where it was, and so gets to its end however often it fails, as
// long as it gets further each time.
func TestCheckGoesOnFromWhereItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, faults = 16 << 20, 6
		h := newHashing(t)
		h.Resume = batch.Resume{Store: new(checkpoint.MemoryStore), Marks: stages.Marks{Bytes: 64 << 10, Chunks: 1}}
		var read, failed int
		got := checkFlaky(t, h, size, nil, func(p []byte) error {
			if read += len(p); read > (failed+1)*(size/faults) && failed < faults {
				failed++
				return syscall.EIO
			}
			return nil
		})
		require.NoError(t, got.Err)
		require.Equal(t, batch.Matches, got.Verdict)
		require.Equal(t, int64(faults), h.Retries.Load())
		require.Equal(t, int64(1), h.Control.Metrics().Recoveries, "it is one file")
		require.Less(t, read, 2*size)
	})
}

// Whatever comes of a pipe after an error is not its beginning.
func TestSumReadsStandardInputOnce(t *testing.T) {
	h := newHashing(t)
	h.Stdin = iotest.ErrReader(syscall.EIO)
	results := sumAll(t, h, batch.WalkOptions{Paths: []string{"-"}, Standard: true}, digest.SHA256)
	require.ErrorIs(t, results[0].Err, syscall.EIO)
	require.Zero(t, h.Retries.Load())
}
