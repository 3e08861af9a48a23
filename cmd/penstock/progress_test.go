package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// newProgress is a progress that draws on a terminal of this width.
func newProgress(t *testing.T, s *screen) *progress {
	t.Helper()
	control, err := stages.NewControl(stages.ControlOptions{})
	require.NoError(t, err)
	once, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, control.Run(once)) // which looks at the memory before it ends
	return &progress{con: s.console(), control: control, arrived: new(atomic.Int64), active: new(atomic.Int64), show: true}
}

// outsideOfBubbles lets the goroutine that the runtime starts for the first signal
// that is asked for be none of a synctest bubble's, which it would outlive.
func outsideOfBubbles() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	signal.Stop(asked)
}

func nothingToCount(context.Context, func(int64)) error { return nil }

func TestProgressLine(t *testing.T) {
	for name, c := range map[string]struct {
		bytes, total, files, streams, failed int64
		speed                                float64
		want                                 []string
	}{
		"begin": {want: []string{"0 B", "0 B/s", "0 files", "0 streams"}},
		"no total": {
			bytes: 5 << 20, files: 1, streams: 2, speed: 1 << 20,
			want: []string{"5.00 MiB", "1.00 MiB/s", "1 file", "2 streams"},
		},
		"half": {
			bytes: 1 << 30, total: 2 << 30, files: 7, streams: 1, speed: 100 << 20,
			want: []string{"50%", "1.00 GiB of 2.00 GiB", "100 MiB/s", "ETA 10s", "7 files", "1 stream"},
		},
		"not begun": {
			total: 100, speed: 0,
			want: []string{"0%", "0 B of 100 B", "0 B/s", "0 files", "0 streams"},
		},
		"last byte missing": {
			bytes: 999, total: 1000, speed: 1,
			want: []string{"99%", "999 B of 1000 B", "1 B/s", "0 files", "0 streams"},
		},
		"all": {
			bytes: 1000, total: 1000, speed: 10, files: 1,
			want: []string{"100%", "1000 B of 1000 B", "10 B/s", "1 file", "0 streams"},
		},
		"more than was counted": {
			bytes: 3000, total: 1000, speed: 10, files: 3,
			want: []string{"100%", "2.93 KiB of 1000 B", "10 B/s", "3 files", "0 streams"},
		},
		"slow": {
			bytes: 1, total: 1 << 40, speed: 2,
			want: []string{"0%", "1 B of 1.00 TiB", "2 B/s", "ETA years", "0 files", "0 streams"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgress(t, newScreen(80))
			p.arrived.Store(c.bytes)
			p.active.Store(c.streams)
			p.files.Store(c.files)
			p.total.Store(c.total)
			p.speed = c.speed
			got := strings.Split(strings.TrimSpace(p.line()), "  ")
			require.Equal(t, c.want, got[:len(got)-1])
			require.Regexp(t, `^RSS \d+(\.\d+)? [MG]iB$`, got[len(got)-1])
		})
	}
}

// What was done before counts for how far the run is, and not for how fast.
func TestProgressGoesOnWhereTheWorkDoes(t *testing.T) {
	p := newProgress(t, newScreen(80))
	p.total.Store(100)
	p.arrived.Store(10)
	p.before.Store(40)
	p.speed = 10
	require.Regexp(t, `^50%  50 B of 100 B  10 B/s  ETA 5s  `, p.line())
	require.Contains(t, p.summary(), "0 files, 10 B in ")
}

// A file that is copied need not arrive where its copy is there already; of one that
// goes on, what an attempt of this run has written has arrived.
func TestCopyCountsWhatWasDoneBefore(t *testing.T) {
	c := &copying{job: newTestJob(t), verify: choiceFlag{value: "none"}}
	h, p, err := c.start()
	require.NoError(t, err)
	c.progress = p
	w := c.work(h, &openJob{})
	for i, outcome := range []batch.Outcome{batch.Copied, batch.UpToDate, batch.Known, batch.Linked, batch.Made} {
		r := batch.CopyResult{Outcome: outcome, Size: []int64{1, 10, 100, 1000, 10000}[i]}
		if outcome == batch.Made {
			r.Kind = batch.Directory
		}
		require.NoError(t, c.result(r))
	}
	require.EqualValues(t, 1110, p.before.Load())
	w.Resume.Continued("a", 20000)
	require.EqualValues(t, 21110, p.before.Load())
	w.Retrying("a", retry.Failure{Err: errors.New("busy")})
	w.Resume.Continued("a", 30000)
	require.EqualValues(t, 21110, p.before.Load())
}

func TestProgressLineSaysWhatFailed(t *testing.T) {
	p := newProgress(t, newScreen(80))
	require.NotContains(t, p.line(), "failed")
	p.failed.Store(3)
	require.Contains(t, p.line(), "3 failed")
	require.Contains(t, p.summary(), "; 3 failed")
}

func TestProgressLineIsASCII(t *testing.T) {
	p := newProgress(t, newScreen(80))
	p.arrived.Store(1 << 62)
	p.total.Store(1<<63 - 1)
	p.files.Store(1<<63 - 1)
	p.speed = 1e9
	require.Regexp(t, `^[ -~]+$`, p.line(), "it is cut by bytes to the width")
}

// TestProgressOfALongRun looks at the screen every tenth of a second.
func TestProgressOfALongRun(t *testing.T) {
	for _, width := range []int{2, 20, 80, 200} {
		outsideOfBubbles()
		synctest.Test(t, func(t *testing.T) {
			s := newScreen(width)
			p := newProgress(t, s)
			const total, seconds = 10 << 20, 10
			sizes := func(_ context.Context, add func(int64)) error { add(total); return nil }
			err := p.during(t.Context(), sizes, func() {}, func() error {
				time.Sleep(progressEvery / 2) // so that never two things happen at once
				for tenth := range 10 * seconds {
					time.Sleep(progressEvery)
					p.arrived.Add(total / (10 * seconds))
					synctest.Wait()
					p.con.mu.Lock()
					shown := p.con.live
					p.con.mu.Unlock()
					require.Less(t, len(shown), width)
					switch {
					case tenth < 8:
						require.Empty(t, shown, "what is quick stays quiet")
					case tenth > 15 && width == 200:
						require.Contains(t, shown, "% ")
						require.Contains(t, shown, " of 10.0 MiB")
						require.Regexp(t, `  (9\d\d KiB|10\d\d KiB|1\.00 MiB)/s  `, shown)
						require.Regexp(t, `  ETA \ds  `, shown)
					}
				}
				return nil
			})
			require.NoError(t, err)
			require.Zero(t, s.wrapped)
			require.Equal(t, []string{""}, s.shown(), "nothing of it is left")
		})
	}
}

func TestQuickRunIsNeitherDrawnNorCounted(t *testing.T) {
	outsideOfBubbles()
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(80)
		p := newProgress(t, s)
		sizes := func(context.Context, func(int64)) error { t.Error("counted"); return nil }
		require.NoError(t, p.during(t.Context(), sizes, func() {}, func() error {
			time.Sleep(progressAfter - time.Millisecond)
			return nil
		}))
		require.Equal(t, []string{""}, s.shown())
	})
}

func TestNothingIsDrawnWhereNobodyLooks(t *testing.T) {
	outsideOfBubbles()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(t, newScreen(80))
		p.con, p.show = &console{out: &out}, false
		ticks := 0
		require.NoError(t, p.during(t.Context(), nothingToCount, func() { ticks++ }, func() error {
			time.Sleep(5 * time.Second)
			return nil
		}))
		require.Empty(t, out.String())
		require.InDelta(t, 50, ticks, 1, "results are handed on all the same")
	})
}

func TestAmountThatCannotBeCountedIsNotGuessed(t *testing.T) {
	outsideOfBubbles()
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(t, newScreen(200))
		sizes := func(_ context.Context, add func(int64)) error { add(1 << 20); return errUncountable }
		require.NoError(t, p.during(t.Context(), sizes, func() {}, func() error {
			time.Sleep(2 * progressAfter)
			synctest.Wait()
			require.NotContains(t, p.line(), "%")
			return nil
		}))
	})
}

// TestWorkIsNotHeldUpByCounting: whoever counts is told to stop when the work is
// done.
func TestWorkIsNotHeldUpByCounting(t *testing.T) {
	outsideOfBubbles()
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(t, newScreen(80))
		sizes := func(ctx context.Context, _ func(int64)) error { <-ctx.Done(); return ctx.Err() }
		wrong := errors.New("wrong")
		began := time.Now()
		require.ErrorIs(t, p.during(t.Context(), sizes, func() {}, func() error {
			time.Sleep(3 * time.Second)
			return wrong
		}), wrong)
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestSpeedFollowsTheLastSeconds(t *testing.T) {
	p := newProgress(t, newScreen(80))
	now := time.Now()
	p.lastTime = now
	run := func(perSecond int64, d time.Duration) {
		for range d / progressEvery {
			now = now.Add(progressEvery)
			p.arrived.Add(perSecond / 10)
			p.sample(now)
		}
	}
	run(10<<20, time.Second)
	require.InEpsilon(t, 10<<20, p.speed, 0.01, "the first samples count whole")
	run(10<<20, 10*time.Second)
	require.InEpsilon(t, 10<<20, p.speed, 0.01)
	run(1<<20, 2*time.Second)
	require.Greater(t, p.speed, 2.0*(1<<20), "it does not jump")
	run(1<<20, 10*time.Second)
	require.InEpsilon(t, 1<<20, p.speed, 0.1, "and arrives")
	before := p.speed
	p.sample(now)
	require.InDelta(t, before, p.speed, 0, "no time has passed")
	run(0, 20*time.Second)
	require.Less(t, p.speed, 1.0*(1<<20)/1000, "a stall is seen")
}

func TestSummary(t *testing.T) {
	outsideOfBubbles()
	synctest.Test(t, func(t *testing.T) {
		p := newProgress(t, newScreen(80))
		p.began = time.Now()
		require.Equal(t, "0 files, 0 B in 0s", p.summary())
		p.files.Store(1)
		p.arrived.Store(3 << 20)
		time.Sleep(1500 * time.Millisecond)
		require.Equal(t, "1 file, 3.00 MiB in 1.5s (2.00 MiB/s)", p.summary())
	})
}
