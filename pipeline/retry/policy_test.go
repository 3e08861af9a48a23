package retry_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// waits runs an operation that always fails, and returns what it waited. The
// caller is in a bubble.
func waits(t *testing.T, o retry.Options, err error) []time.Duration {
	t.Helper()
	var waited []time.Duration
	o.Notify = func(f retry.Failure) { waited = append(waited, f.Wait) }
	begin := time.Now()
	require.Error(t, retry.Do(t.Context(), o, func(context.Context) error { return err }))
	var sum time.Duration
	for _, wait := range waited {
		sum += wait
	}
	require.Equal(t, sum, time.Since(begin), "Notify was told what was not waited")
	return waited
}

func samePolicy(p retry.Policy) retry.Options {
	return retry.Options{Policy: func(retry.Class) retry.Policy { return p }}
}

func TestPolicies(t *testing.T) {
	once := retry.Policy{Attempts: 1}
	for class, want := range map[retry.Class]retry.Policy{
		retry.Network:    {Attempts: 5, Base: 500 * time.Millisecond, Max: 10 * time.Second, Multiplier: 1.5},
		retry.FileSystem: {Attempts: 3, Base: time.Second, Max: 5 * time.Second, Multiplier: 2},
		retry.Memory:     {Attempts: 2, Base: 2 * time.Second, Max: 3 * time.Second, Multiplier: 1},
		retry.Unknown:    once,
		retry.Gone:       once,
		retry.Changed:    once,
		retry.Permission: once,
		retry.Full:       once,
		retry.Full + 1:   once,
	} {
		require.Equal(t, want, class.Policy(), class.String())
	}
}

func TestWaitsOfEveryClass(t *testing.T) {
	ms := func(means ...float64) []time.Duration {
		var all []time.Duration
		for _, mean := range means {
			all = append(all, time.Duration(mean*float64(time.Millisecond)))
		}
		return all
	}
	tests := map[retry.Class][]time.Duration{ // the mean after each attempt but the last
		retry.Network:    ms(500, 750, 1125, 1687.5),
		retry.FileSystem: ms(1000, 2000),
		retry.Memory:     ms(2000),
		retry.Unknown:    nil,
		retry.Gone:       nil,
		retry.Changed:    nil,
		retry.Permission: nil,
		retry.Full:       nil,
	}
	for class, means := range tests {
		t.Run(class.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const runs = 400
				drawn := make([][]time.Duration, len(means))
				for range runs {
					waited := waits(t, retry.Options{}, example[class])
					require.Len(t, waited, len(means))
					for i, wait := range waited {
						drawn[i] = append(drawn[i], wait)
					}
				}
				for i, mean := range means {
					checkSpread(t, drawn[i], mean)
					require.LessOrEqual(t, slices.Max(drawn[i]), class.Policy().Max)
				}
			})
		})
	}
}

// checkSpread wants waits from half of mean to one and a half times mean, that
// come near both ends and are centred. Each would fail by chance less than once
// in a million runs.
func checkSpread(t *testing.T, drawn []time.Duration, mean time.Duration) {
	t.Helper()
	var sum time.Duration
	for _, wait := range drawn {
		sum += wait
	}
	require.GreaterOrEqual(t, slices.Min(drawn), mean/2)
	require.LessOrEqual(t, slices.Max(drawn), mean*3/2)
	require.Less(t, slices.Min(drawn), mean*60/100)
	require.Greater(t, slices.Max(drawn), mean*140/100)
	require.InEpsilon(t, mean, sum/time.Duration(len(drawn)), 0.08)
}

func TestMaxCapsWhatIsDrawn(t *testing.T) {
	tests := map[string]retry.Policy{
		"grown to it":   {Attempts: 40, Base: time.Second, Max: 9 * time.Second, Multiplier: 2},
		"near it":       {Attempts: 40, Base: 5 * time.Second, Max: 9 * time.Second, Multiplier: 1.5},
		"base above it": {Attempts: 40, Base: time.Hour, Max: 9 * time.Second, Multiplier: 1.5},
		"at it at once": {Attempts: 40, Base: 9 * time.Second, Max: 9 * time.Second},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var drawn []time.Duration
				for range 20 {
					waited := waits(t, samePolicy(p), example[retry.Network])
					require.Len(t, waited, 39)
					require.LessOrEqual(t, slices.Max(waited), p.Max)
					drawn = append(drawn, waited[4:]...) // all have grown by then
				}
				checkSpread(t, drawn, 6*time.Second)
			})
		})
	}
}

func TestOddPolicies(t *testing.T) {
	tests := map[string]struct {
		policy retry.Policy
		want   []time.Duration // means
	}{
		"zero":               {retry.Policy{}, nil},
		"negative":           {retry.Policy{Attempts: -1, Base: time.Second, Max: time.Second}, nil},
		"once":               {retry.Policy{Attempts: 1, Base: time.Second, Max: time.Second}, nil},
		"no Max, no wait":    {retry.Policy{Attempts: 3, Base: time.Second, Multiplier: 2}, []time.Duration{0, 0}},
		"no Base, no wait":   {retry.Policy{Attempts: 3, Max: time.Second, Multiplier: 2}, []time.Duration{0, 0}},
		"no Multiplier is 1": {retry.Policy{Attempts: 4, Base: time.Second, Max: time.Hour}, slices.Repeat([]time.Duration{time.Second}, 3)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waited := waits(t, samePolicy(test.policy), example[retry.Network])
				require.Len(t, waited, len(test.want))
				for i, wait := range waited {
					require.GreaterOrEqual(t, wait, test.want[i]/2)
					require.LessOrEqual(t, wait, test.want[i]*3/2)
				}
			})
		})
	}
}
