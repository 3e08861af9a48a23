package batch_test

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// The memory of a process is a file whose beginning cannot be read.
func TestSumGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashing(t)
		results := sumAll(t, h, batch.WalkOptions{Paths: []string{"/proc/self/mem"}}, digest.SHA256)
		require.ErrorIs(t, results[0].Err, syscall.EIO)
		_, gaveUp := errors.AsType[*retry.GaveUpError](results[0].Err)
		require.True(t, gaveUp, "%v", results[0].Err)
		require.Equal(t, int64(2), h.Retries.Load())
	})
}
