package pressure_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

// under are the limits of these levels.
func under(memory pressure.MemoryLevel, level pressure.Level) pressure.Limits {
	l := pressure.Open()
	l.MemoryLevel, l.Level, l.Multiplier = memory, level, level.Multiplier()
	if memory > pressure.MemoryNormal {
		l.Multiplier = min(l.Multiplier, 0.7)
	}
	return l
}

// rates is what a limiter allows after each of some steps of 250 ms, a step
// being taken by a wait.
type rates struct {
	memory            pressure.MemoryLevel
	level             pressure.Level
	steps             int
	bytes, operations float64
}

// Fewer operations free none of the memory that the program itself takes.
func TestOperationsOfAProgramThatOverran(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := under(pressure.MemoryEmergency, pressure.None)
		l := limiter(t, pressure.Rates{Operations: 50}, func() pressure.Limits { return now })
		step := func() float64 {
			time.Sleep(250 * time.Millisecond)
			require.NoError(t, l.Wait(t.Context(), 1))
			return l.Stats().Operations
		}
		require.InDelta(t, 1, step(), 0)
		now.Overrun = pressure.Reading{Used: 1}
		for range 100 {
			step()
		}
		require.InDelta(t, 35, step(), 0, "what the multiplier leaves")
		now.Overrun = pressure.Reading{}
		require.InDelta(t, 1, step(), 0)
	})
}

func TestRatesAdaptToPressure(t *testing.T) {
	const (
		normal, warning, critical, emergency = pressure.MemoryNormal, pressure.MemoryWarning, pressure.MemoryCritical, pressure.MemoryEmergency
		none, light, moderate, heavy, paused = pressure.None, pressure.Light, pressure.Moderate, pressure.Heavy, pressure.Critical
	)
	for _, tt := range []struct {
		name  string
		set   pressure.Rates
		rates []rates
	}{
		{"a fifth of more than that, and as many steps", pressure.Rates{Operations: 1000}, []rates{
			{normal, none, 0, 0, 200}, {normal, none, 1, 0, 220}, {normal, none, 39, 0, 1000}, {normal, none, 9, 0, 1000}, {warning, none, 1, 0, 3.5},
		}},
		{"10 operations to start, one more each step, 50 at most", pressure.Rates{Operations: 50}, []rates{
			{normal, none, 0, 0, 10}, {normal, none, 1, 0, 11}, {normal, none, 1, 0, 12}, {normal, none, 37, 0, 49}, {normal, none, 1, 0, 50}, {normal, none, 9, 0, 50},
		}},
		{"the user's cap below that", pressure.Rates{Operations: 11}, []rates{
			{normal, none, 0, 0, 10}, {normal, none, 1, 0, 11}, {normal, none, 9, 0, 11},
		}},
		{"and below the start", pressure.Rates{Operations: 9}, []rates{{normal, none, 0, 0, 9}, {normal, none, 9, 0, 9}}},
		{"1 operation at least", pressure.Rates{Operations: 4}, []rates{
			{normal, light, 1, 0, 3.2}, {normal, moderate, 1, 0, 1.6}, {normal, heavy, 1, 0, 1}, {normal, paused, 9, 0, 1},
		}},
		{"5, 2 and 1 operations as memory gets short", pressure.Rates{Operations: 50}, []rates{
			{normal, none, 40, 0, 50}, {warning, none, 1, 0, 3.5}, {critical, none, 1, 0, 1.4}, {emergency, none, 1, 0, 1},
		}},
		{"5 at warning even when its multiplier takes nothing", pressure.Rates{Operations: 3}, []rates{{warning, none, 1, 0, 2.1}, {warning, none, 9, 0, 2.1}}},
		{"each rise multiplies", pressure.Rates{Bytes: 1000}, []rates{
			{normal, none, 3, 1000, 0}, {normal, light, 1, 800, 0}, {normal, light, 9, 800, 0}, {normal, moderate, 1, 400, 0}, {normal, heavy, 1, 100, 0}, {normal, paused, 1, 100, 0},
		}},
		{"a fall climbs back, a twentieth each step", pressure.Rates{Bytes: 1000}, []rates{
			{normal, heavy, 1, 250, 0}, {normal, heavy, 9, 250, 0}, {normal, moderate, 1, 300, 0}, {normal, moderate, 9, 500, 0}, {normal, none, 1, 550, 0}, {normal, none, 20, 1000, 0},
		}},
		{"memory multiplies too", pressure.Rates{Bytes: 1000}, []rates{
			{warning, none, 1, 700, 0}, {warning, light, 1, 490, 0}, {warning, light, 9, 700, 0},
		}},
		{"what is not set is never limited", pressure.Rates{Bytes: 1000}, []rates{{emergency, paused, 5, 100, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := pressure.Open()
				l := limiter(t, tt.set, func() pressure.Limits { return now })
				for i, r := range tt.rates {
					now = under(r.memory, r.level)
					for range r.steps {
						time.Sleep(250 * time.Millisecond)
						require.NoError(t, l.Wait(t.Context(), 1))
					}
					s := l.Stats()
					require.InDelta(t, r.bytes, s.Bytes, 1e-6, "bytes at %d", i)
					require.InDelta(t, r.operations, s.Operations, 1e-6, "operations at %d", i)
				}
			})
		})
	}
}

func TestStepsNobodyTookAreMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, pressure.Rates{Operations: 50}, pressure.Open)
		time.Sleep(5 * time.Second)
		require.NoError(t, l.Wait(t.Context(), 1))
		require.InDelta(t, 30, l.Stats().Operations, 1e-6)
	})
}

func TestAWaiterAdaptsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := under(pressure.MemoryNormal, pressure.Critical)
		l := limiter(t, pressure.Rates{Bytes: 10_000}, func() pressure.Limits { return now })
		begin := time.Now()
		require.NoError(t, l.Wait(t.Context(), 2_750))
		// 250 ms at 10,000 a second, then 1,000 a second.
		require.InDelta(t, 500*time.Millisecond, time.Since(begin), float64(60*time.Millisecond))
	})
}

func TestSettingOneRateKeepsThePlaceOfTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, pressure.Rates{Bytes: 1000, Operations: 50}, func() pressure.Limits { return under(pressure.MemoryNormal, pressure.Heavy) })
		time.Sleep(time.Second)
		require.NoError(t, l.Wait(t.Context(), 1))
		require.InDelta(t, 250, l.Stats().Bytes, 1e-6)
		require.InDelta(t, 2.5, l.Stats().Operations, 1e-6)
		require.NoError(t, l.Set(pressure.Rates{Bytes: 1000, Operations: 2}))
		require.InDelta(t, 250, l.Stats().Bytes, 1e-6)
		require.InDelta(t, 2, l.Stats().Operations, 1e-6)
		require.NoError(t, l.Set(pressure.Rates{Bytes: 200, Operations: 0}))
		require.InDelta(t, 200, l.Stats().Bytes, 1e-6)
		require.Zero(t, l.Stats().Operations)
		require.Equal(t, pressure.Rates{Bytes: 200}, l.Stats().Set)
	})
}
