package batch_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// A drive says what a read of so many bytes costs that belongs to a file.
type drive func(file, bytes int)

// Both drives are a tenth as fast as those that they stand for, since every byte of
// the minute is really hashed.

// spindle is a drive with one arm: whoever reads after another makes it seek.
func spindle() drive {
	const seek, rate = 80 * time.Millisecond, 15e6
	arm := make(chan int, 1) // holds whom it read for last
	arm <- -1
	return func(file, bytes int) {
		took := time.Duration(float64(bytes) / rate * float64(time.Second))
		if last := <-arm; last != file {
			took += seek
		}
		time.Sleep(took)
		arm <- file
	}
}

// flash serves eight requests at once, each of which takes a while.
func flash() drive {
	channels := make(chan struct{}, 8)
	return func(_, bytes int) {
		channels <- struct{}{}
		time.Sleep(20*time.Millisecond + time.Duration(bytes)*100*time.Nanosecond)
		<-channels
	}
}

// readFrom reads files from a drive for three minutes, so many at once or as many as
// are fastest, and returns how many bytes a second came after the first.
func readFrom(t *testing.T, build func() drive, streams int) (rate float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, d := newControl(t, streams), build()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		var early int64
		time.AfterFunc(time.Minute, func() { early = c.Arrived() })
		err := batch.Run(ctx, upTo(1<<30), func(ctx context.Context, i int) error {
			src := zeros{size: 4 << 20, read: func(p []byte) error { d(i, len(p)); return nil }}
			return stages.Transfer{Source: src, Set: digest.NewSet(digest.CRC32C), Control: c}.Run(ctx)
		}, func(error) error { return nil }, batch.Options{Control: c})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		rate = float64(c.Arrived()-early) / 120
	})
	return rate
}

// One arm is fastest with one stream, and flash with many: a batch finds out.
func TestABatchRunsAsManyStreamsAsAreFastest(t *testing.T) {
	for name, build := range map[string]func() drive{"spindle": spindle, "flash": flash} {
		t.Run(name, func(t *testing.T) {
			rates := map[int]float64{}
			best := 0.0
			for _, n := range []int{1, 2, 8} {
				rates[n] = readFrom(t, build, n) / 1e6
				best = max(best, rates[n])
			}
			found := readFrom(t, build, 0) / 1e6
			t.Logf("MB/s by streams: %v; found by itself: %.1f", rates, found)
			require.GreaterOrEqual(t, found, 0.8*best, "the search included")
			if name == "spindle" {
				require.Greater(t, rates[1], 2*rates[8], "the arm seeks")
			}
		})
	}
}
