package stages_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

func TestFromReaderIsReadToItsEnd(t *testing.T) {
	for _, n := range []int{0, 1, 256 << 10, 256<<10 + 1, 3 << 20} {
		pool, set := stages.NewPool(0), digest.NewSet(digest.BLAKE3)
		src := stages.FromReader(strings.NewReader(string(pattern(n))))
		require.Equal(t, int64(-1), src.Size())
		require.NoError(t, stages.Transfer{Source: src, Set: set, Pool: pool, Workers: 2}.Run(t.Context()))
		require.Equal(t, sumOf(digest.BLAKE3, pattern(n)), set.Sums()[0])
		require.Zero(t, pool.Live())
	}
}

func TestFromReaderIsReadOnce(t *testing.T) {
	src := stages.FromReader(strings.NewReader("x"))
	_, err := src.OpenAt(t.Context(), 1)
	require.Error(t, err, "not from the middle")
	_, err = src.OpenAt(t.Context(), 0)
	require.NoError(t, err)
	_, err = src.OpenAt(t.Context(), 0)
	require.Error(t, err, "not twice")
}

// Nobody types at the terminal that penstock reads from: Ctrl-C still works.
func TestFromReaderThatWaitsDoesNotHoldUpTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, typed := io.Pipe()
		stopped := errors.New("Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(stopped) })
		began := time.Now()
		err := stages.Transfer{
			Source: stages.FromReader(silent), Set: digest.NewSet(digest.SHA256), Pool: stages.NewPool(0),
		}.Run(ctx)
		require.ErrorIs(t, err, stopped)
		require.Less(t, time.Since(began), time.Minute+time.Second)
		require.NoError(t, typed.Close()) // lets the read end that was left behind
	})
}
