package stages_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// stopping is a transfer that holds whatever may hold it, and is told to stop.
type stopping struct {
	stages.Transfer
	stop    chan struct{}
	arrived int64
	saved   stages.Safe
}

func newStopping(m *machine, a digest.Algorithm, size int) *stopping {
	s := &stopping{stop: make(chan struct{})}
	s.Transfer = stages.Transfer{
		Source: random{newMemory(pattern(size))}, Set: digest.NewSet(a), Control: m.Control, Workers: 32,
		Arrived: func(n int) { s.arrived += int64(n) },
		Save:    func(ctx context.Context, at stages.Safe) error { s.saved = at; return context.Cause(ctx) },
		Stop:    s.stop,
	}
	return s
}

// runFor tells the transfer to stop after a while, and gives it a second from then on.
func (s *stopping) runFor(t *testing.T, d time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d+time.Second)
	defer cancel()
	time.AfterFunc(d, func() { close(s.stop) })
	return s.Run(ctx)
}

// A stream that is told to stop ends at once, however low its rate is, and what was
// saved last speaks of all that was read.
func TestTransferStopsAtALowRate(t *testing.T) {
	for name, c := range map[string]struct {
		algorithm digest.Algorithm
		chunk     int
		passed    int64 // most bytes that are on their way
	}{
		"a chain of large chunks": {digest.SHA256, 1 << 20, 7 << 20},
		"a chain of small chunks": {digest.SHA256, 16 << 10, 7 * 16 << 10},
		"subtrees":                {digest.BLAKE3, 0, 4 << 20},
	} {
		for _, after := range []time.Duration{100 * time.Millisecond, 9 * time.Second} {
			t.Run(fmt.Sprintf("%s, after %v", name, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const rate = 500_000
					m := newMachine(t, stages.ControlOptions{Rates: pressure.Rates{Bytes: rate}, Chunk: c.chunk})
					s := newStopping(m, c.algorithm, 30<<20)
					require.ErrorIs(t, s.runFor(t, after), stages.ErrStopped)
					require.Positive(t, s.saved.Offset)
					require.Equal(t, s.arrived, s.saved.Offset)
					require.LessOrEqual(t, s.arrived, int64(after.Seconds()*rate)+c.passed)
					require.Zero(t, m.Pool().Live())
				})
			})
		}
	}
}

// A pause does not hold up a stream that is told to stop.
func TestTransferStopsWhilePaused(t *testing.T) {
	for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
		t.Run(a.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := paused(t)
				defer m.run(t)()
				time.Sleep(time.Second)
				require.True(t, m.Limits().Paused())
				s := newStopping(m, a, 30<<20)
				require.ErrorIs(t, s.runFor(t, time.Minute), stages.ErrStopped)
				require.Positive(t, s.saved.Offset)
				require.Equal(t, s.arrived, s.saved.Offset)
			})
		})
	}
}

// What is too small for a checkpoint is read to its end at once.
func TestTransferOfASmallFileDoesNotHoldUpTheStop(t *testing.T) {
	data := pattern(4 << 10)
	for name, machineOf := range map[string]func(t *testing.T) *machine{
		"a low rate": func(t *testing.T) *machine {
			t.Helper()
			return newMachine(t, stages.ControlOptions{Rates: pressure.Rates{Bytes: 1000}})
		},
		"a pause": paused,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := machineOf(t)
				defer m.run(t)()
				time.Sleep(time.Second)
				s := newStopping(m, digest.SHA256, len(data))
				require.NoError(t, s.runFor(t, 500*time.Millisecond))
				require.Equal(t, sumOf(digest.SHA256, data), s.Set.Sums()[0])
			})
		})
	}
}
