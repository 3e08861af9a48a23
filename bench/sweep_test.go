package bench_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/stages"
)

// sleeping is a variant that takes so long, whatever it is told.
func sleeping(name string, d time.Duration) bench.Variant {
	return bench.Variant{Name: name, Run: func(ctx context.Context, p *bench.Probe) error {
		select {
		case <-time.After(d):
			p.Arrived(1000)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
}

// obedient is a variant that goes on until it is told to stop, at a kilobyte a
// millisecond.
func obedient(name string) bench.Variant {
	return bench.Variant{Name: name, Run: func(ctx context.Context, p *bench.Probe) error {
		for {
			select {
			case <-time.After(time.Millisecond):
				p.Arrived(1000)
			case <-p.Stop():
				return stages.ErrStopped
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}}
}

// Variants run in turn, and each round begins with another.
func TestSweepRunsInTurn(t *testing.T) {
	var order []string
	sweep := bench.Sweep{Rounds: 3}
	for _, name := range []string{"a", "b", "c"} {
		sweep.Variants = append(sweep.Variants, bench.Variant{
			Name:   name,
			Before: func(context.Context) error { order = append(order, "("); return nil },
			Run:    func(context.Context, *bench.Probe) error { order = append(order, name); return nil },
			After:  func(context.Context) error { order = append(order, ")"); return nil },
		})
	}
	report, err := sweep.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, "(a)(b)(c)(b)(c)(a)(c)(a)(b)", strings.Join(order, ""))
	for _, r := range report.Results {
		require.Len(t, r.Runs, 3)
		require.Equal(t, 3, r.Runs[2].Round)
	}
	require.Zero(t, report.Unmeasured())
}

// What is done before and after a run is not in its time.
func TestSweepTimesTheRunAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := sleeping("a", 100*time.Millisecond)
		v.Before = func(context.Context) error { time.Sleep(time.Second); return nil }
		v.After = v.Before
		report, err := bench.Sweep{Variants: []bench.Variant{v}}.Run(t.Context())
		require.NoError(t, err)
		require.Len(t, report.Results[0].Runs, 5)
		require.Equal(t, bench.Spread{Low: 0.1, Median: 0.1, High: 0.1}, report.Results[0].Seconds())
		require.InEpsilon(t, 10_000, report.Results[0].Throughput().Median, 1e-9)
		require.Equal(t, 10500*time.Millisecond, report.Took)
	})
}

// The deadline is divided among the runs, so that all variants run equally often and
// equally long, and it is kept.
func TestSweepKeepsItsDeadline(t *testing.T) {
	for _, test := range []struct {
		variants int
		time     time.Duration
		rounds   int
	}{
		{1, 10 * time.Second, 10},
		{4, 10 * time.Second, 10},
		{10, 10 * time.Second, 5},
		{50, 10 * time.Second, 1},
		{100, 3 * time.Second, 1},
	} {
		t.Run(fmt.Sprint(test.variants, " in ", test.time), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sweep bench.Sweep
				for i := range test.variants {
					sweep.Variants = append(sweep.Variants, obedient(fmt.Sprint(i)))
				}
				ctx, cancel := context.WithTimeout(t.Context(), test.time)
				defer cancel()
				report, err := sweep.Run(ctx)
				require.NoError(t, err)
				require.LessOrEqual(t, report.Took, test.time)
				require.Greater(t, report.Took, test.time*8/10)
				require.Zero(t, report.Unmeasured())
				for _, r := range report.Results {
					require.Len(t, r.Runs, test.rounds)
					require.InDelta(t, 1e6, r.Throughput().Median, 5e4)
				}
			})
		})
	}
}

// What is done between runs is taken from their time, and not added to it.
func TestSweepCountsWhatIsBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := obedient("a")
		v.Before = func(context.Context) error { time.Sleep(300 * time.Millisecond); return nil }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		report, err := bench.Sweep{Variants: []bench.Variant{v}}.Run(ctx)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(report.Results[0].Runs), 8)
		require.LessOrEqual(t, report.Took, 10*time.Second)
	})
}

// Where time does not suffice the report says what was not measured, and the run that
// was cut off is not in it.
func TestSweepLeavesOutWhatThereIsNoTimeFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sweep := bench.Sweep{Variants: []bench.Variant{
			sleeping("a", time.Second), sleeping("b", time.Second), sleeping("c", time.Second),
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		report, err := sweep.Run(ctx)
		require.NoError(t, err)
		require.Len(t, report.Results[0].Runs, 1)
		require.Empty(t, report.Results[1].Runs)
		require.Equal(t, 2, report.Unmeasured())
		require.Equal(t, 1500*time.Millisecond, report.Took)
	})
}

// What was measured before the end is reported, with what has ended it.
func TestSweepEndsEarly(t *testing.T) {
	errBroken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3500*time.Millisecond, func() { cancel(errBroken) })
		cleaned := 0
		a, b := sleeping("a", time.Second), sleeping("b", time.Second)
		a.After = func(ctx context.Context) error { cleaned++; return ctx.Err() }
		b.After = a.After
		report, err := bench.Sweep{Variants: []bench.Variant{a, b}}.Run(ctx)
		require.ErrorIs(t, err, errBroken)
		require.Len(t, report.Results[0].Runs, 1)
		require.Len(t, report.Results[1].Runs, 2)
		require.Equal(t, 4, cleaned)
		require.Equal(t, 3500*time.Millisecond, report.Took)
	})
	failing := bench.Variant{Name: "b", Run: func(context.Context, *bench.Probe) error { return errBroken }}
	cleaned := false
	failing.After = func(context.Context) error { cleaned = true; return nil }
	report, err := bench.Sweep{Variants: []bench.Variant{sleeping("a", 0), failing}}.Run(t.Context())
	require.EqualError(t, err, "b: broken")
	require.Len(t, report.Results[0].Runs, 1)
	require.Empty(t, report.Results[1].Runs)
	require.True(t, cleaned)
}

// What cannot be removed after a run is said also where the time was over.
func TestSweepTellsOfAFailureAfterTheEnd(t *testing.T) {
	errStays := errors.New("stays")
	synctest.Test(t, func(t *testing.T) {
		v := sleeping("a", time.Hour)
		v.After = func(context.Context) error { return errStays }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := bench.Sweep{Variants: []bench.Variant{v}}.Run(ctx)
		require.ErrorIs(t, err, errStays)
	})
}

// To have stopped is the run's own failure where nobody told it to.
func TestSweepRefusesARunThatStopped(t *testing.T) {
	v := bench.Variant{Name: "a", Run: func(context.Context, *bench.Probe) error { return stages.ErrStopped }}
	_, err := bench.Sweep{Variants: []bench.Variant{v}}.Run(t.Context())
	require.ErrorIs(t, err, stages.ErrStopped)
}

func TestSweepNamesEveryFault(t *testing.T) {
	_, err := bench.Sweep{}.Run(t.Context())
	require.EqualError(t, err, "bench: no variants")
	_, err = bench.Sweep{Rounds: -1, Variants: []bench.Variant{sleeping("a", 0), sleeping("a", 0), {}}}.Run(t.Context())
	require.EqualError(t, err, "bench: -1 rounds: there cannot be less than none\ntwo variants are called a\n"+
		"variant 3 has no name\nvariant 3 has no Run")
}

func TestSweepTellsWhereItIs(t *testing.T) {
	var steps []string
	_, err := bench.Sweep{
		Rounds: 2, Variants: []bench.Variant{sleeping("a", 0), sleeping("b", 0)},
		Progress: func(s bench.Step) { steps = append(steps, fmt.Sprint(s.Variant, s.Runs, s.Last.Bytes)) },
	}.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"a0 0", "b1 1000", "b2 1000", "a3 1000"}, steps)
}
