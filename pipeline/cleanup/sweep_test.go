package cleanup_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/cleanup"
)

// use leases the resource and returns it at once.
func use(ctx context.Context, t *testing.T, h *cleanup.Handle) {
	t.Helper()
	require.True(t, h.Lease())
	require.NoError(t, h.Return(ctx))
}

// limits is the specification's table; used says that the resource was in use
// until the last second, so that only its age can be over.
var limits = []struct {
	priority cleanup.Priority
	limit    time.Duration
	used     bool
}{
	{cleanup.Immediate, 0, false},
	{cleanup.High, time.Minute, false},
	{cleanup.High, time.Minute, true},
	{cleanup.Normal, 5 * time.Minute, false},
	{cleanup.Normal, 5 * time.Minute, true},
	{cleanup.Low, time.Minute, false},
	{cleanup.Low, 10 * time.Minute, true},
	{cleanup.Deferred, 30 * time.Second, false},
	{cleanup.Deferred, 30 * time.Minute, true},
}

// grow lets a resource come to this age, in use now and then where it is used.
func grow(t *testing.T, h *cleanup.Handle, age time.Duration, used bool) {
	t.Helper()
	begin := time.Now()
	for used && age-time.Since(begin) > time.Second {
		time.Sleep(min(20*time.Second, age-time.Since(begin)-time.Second))
		use(t.Context(), t, h)
	}
	time.Sleep(age - time.Since(begin))
}

func TestSweepTakesWhatIsDue(t *testing.T) {
	for _, tt := range limits {
		for beyond := time.Duration(-1); beyond <= 1; beyond++ {
			if tt.limit+beyond < 0 {
				continue
			}
			t.Run(fmt.Sprintf("%v %v used=%v %+dns", tt.priority, tt.limit, tt.used, beyond), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var s cleanup.Scope
					var log recorder
					h := s.Add(log.resource("it", tt.priority))
					grow(t, h, tt.limit+beyond, tt.used)
					n, err := s.Sweep(t.Context())
					require.NoError(t, err)
					require.Equal(t, beyond > 0, n == 1)
					require.Len(t, log.take(), n)
					require.Equal(t, n == 0, h.Lease(), "what is gone cannot be leased, what is here can")
				})
			})
		}
	}
}

func TestSweepLeavesWhatIsLeased(t *testing.T) {
	for _, tt := range limits {
		for _, age := range []time.Duration{tt.limit, tt.limit + 1, tt.limit + 24*time.Hour} {
			t.Run(fmt.Sprintf("%v %v used=%v %v", tt.priority, tt.limit, tt.used, age), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var s cleanup.Scope
					var log recorder
					h := s.Add(log.resource("it", tt.priority))
					require.True(t, h.Lease())
					grow(t, h, age, tt.used)
					n, err := s.Sweep(t.Context())
					require.NoError(t, err)
					require.Zero(t, n)
					require.Empty(t, log.take())
				})
			})
		}
	}
}

func TestSweepNeverTakesWhatHasNoPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s cleanup.Scope
		var log recorder
		s.Add(log.resource("none", cleanup.AtEnd))
		s.Add(log.resource("not one of ours", 99))
		time.Sleep(365 * 24 * time.Hour)
		n, err := s.Sweep(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = s.Emergency(t.Context(), 2)
		require.NoError(t, err)
		require.Zero(t, n)
		require.NoError(t, s.Close(t.Context()))
		require.Len(t, log.take(), 2)
	})
}

func TestIdlenessCountsFromTheLastReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s cleanup.Scope
		var log recorder
		h := s.Add(log.resource("it", cleanup.Deferred))
		require.True(t, h.Lease())
		require.True(t, h.Lease())
		time.Sleep(time.Minute)
		require.NoError(t, h.Return(t.Context()))
		time.Sleep(time.Minute)
		require.NoError(t, h.Return(t.Context()))
		for _, idle := range []struct {
			more time.Duration
			n    int
		}{{30 * time.Second, 0}, {1, 1}} {
			time.Sleep(idle.more)
			n, err := s.Sweep(t.Context())
			require.NoError(t, err)
			require.Equal(t, idle.n, n)
		}
	})
}

// mixed adds two resources of each priority, in a mixed order and at several
// depths, and uses the first of each later than the second.
func mixed(t *testing.T, s *cleanup.Scope, log *recorder) {
	t.Helper()
	scopes := []*cleanup.Scope{s, s.Child(), s.Child().Child()}
	var firsts []*cleanup.Handle
	for i := range 2 {
		for j, p := range []cleanup.Priority{3, 5, 0, 2, 4} {
			h := scopes[(i+j)%3].Add(log.resource(fmt.Sprint(p, " ", i), p))
			if i == 0 {
				firsts = append(firsts, h)
			}
		}
	}
	scopes[1].Add(log.resource("immediate 0", cleanup.Immediate))
	time.Sleep(time.Second)
	for _, h := range firsts {
		use(t.Context(), t, h)
	}
}

func TestSweepIsInTheOrderOfThePriorities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s cleanup.Scope
		var log recorder
		mixed(t, &s, &log)
		time.Sleep(time.Hour)
		n, err := s.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, 9, n)
		require.Equal(t, []string{
			"immediate 0", "high 1", "high 0", "normal 1", "normal 0", "low 1", "low 0", "deferred 1", "deferred 0",
		}, log.take())
	})
}

func TestEmergencyOrder(t *testing.T) {
	low := []string{"deferred 1", "deferred 0", "low 1", "low 0"}
	for _, tt := range []struct {
		usage float64
		want  []string
	}{
		{0, low},
		{math.NaN(), low},
		{math.Nextafter(0.8, 0), low},
		{0.8, low},
		{math.Nextafter(0.8, 1), append(low, "normal 1")},
		{1.5, append(low, "normal 1")},
	} {
		t.Run(fmt.Sprint(tt.usage), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s cleanup.Scope
				var log recorder
				mixed(t, &s, &log)
				n, err := s.Emergency(t.Context(), tt.usage)
				require.NoError(t, err)
				require.Equal(t, len(tt.want), n)
				require.Equal(t, tt.want, log.take())
			})
		})
	}
}

func TestEmergencyTakesHalfOfNormalRoundedDown(t *testing.T) {
	for idle, want := range []int{0, 0, 1, 1, 2, 2, 3} {
		t.Run(fmt.Sprint(idle), func(t *testing.T) {
			var s cleanup.Scope
			var log recorder
			for i := range 5 { // what is leased is not counted
				require.True(t, s.Add(log.resource(fmt.Sprint("leased ", i), cleanup.Normal)).Lease())
			}
			var names []string
			for i := range idle {
				names = append(names, fmt.Sprint(i))
				s.Add(log.resource(names[i], cleanup.Normal))
			}
			n, err := s.Emergency(t.Context(), 0.9)
			require.NoError(t, err)
			require.Equal(t, want, n)
			require.ElementsMatch(t, names[:want], log.take())
		})
	}
}

func TestEmergencyLeavesWhatIsLeased(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	for p := cleanup.AtEnd; p <= cleanup.Deferred; p++ {
		for range 2 {
			require.True(t, s.Add(log.resource(p.String(), p)).Lease())
		}
	}
	n, err := s.Emergency(t.Context(), 1)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Empty(t, log.take())
}

func TestEmergencyGivesMemoryBack(t *testing.T) {
	var s cleanup.Scope
	var log recorder
	collections := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NumForcedGC
	}
	before := collections()
	_, err := s.Emergency(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, before, collections(), "not where nothing went")
	s.Add(log.resource("cache", cleanup.Low))
	_, err = s.Emergency(t.Context(), 1)
	require.NoError(t, err)
	require.Greater(t, collections(), before)
}

// What happens to the later ones while the first is being released counts.
func TestReclaimLooksAgainBeforeEachRelease(t *testing.T) {
	for name, reclaim := range map[string]func(*cleanup.Scope, context.Context) (int, error){
		"Sweep":     (*cleanup.Scope).Sweep,
		"Emergency": func(s *cleanup.Scope, ctx context.Context) (int, error) { return s.Emergency(ctx, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s cleanup.Scope
				var log recorder
				var leased, used, kept *cleanup.Handle
				s.Add(cleanup.Resource{Priority: cleanup.Deferred, Release: func(ctx context.Context) error {
					require.True(t, leased.Lease())
					use(ctx, t, used)
					require.True(t, kept.Keep())
					log.note("first")
					return errBoom
				}})
				leased = s.Add(log.resource("leased", cleanup.Deferred))
				used = s.Add(log.resource("used", cleanup.Deferred))
				kept = s.Add(log.resource("kept", cleanup.Deferred))
				s.Add(log.resource("last", cleanup.Deferred))
				time.Sleep(time.Minute)
				_, err := reclaim(&s, t.Context())
				require.ErrorIs(t, err, errBoom)
				want := []string{"first", "last"} // to a sweep, what was used is not due any more
				if name == "Emergency" {
					want = []string{"first", "used", "last"}
				}
				require.Equal(t, want, log.take())
			})
		})
	}
}

func TestReclaimStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s cleanup.Scope
		var log recorder
		ctx, cancel := context.WithCancel(t.Context())
		s.Add(cleanup.Resource{Name: "first", Priority: cleanup.Low, Release: func(ctx context.Context) error {
			cancel()
			log.note("first")
			return ctx.Err()
		}})
		s.Add(log.resource("second", cleanup.Low))
		time.Sleep(time.Hour)
		n, err := s.Sweep(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, []string{"first"}, log.take())
		n, err = s.Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func TestReclaimIsOfTheScopeAndBelow(t *testing.T) {
	var job cleanup.Scope
	var log recorder
	one, other := job.Child(), job.Child()
	job.Add(log.resource("job", cleanup.Low))
	other.Add(log.resource("other", cleanup.Low))
	one.Add(log.resource("one", cleanup.Low))
	one.Child().Add(log.resource("below", cleanup.Low))
	n, err := one.Emergency(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.ElementsMatch(t, []string{"one", "below"}, log.take())
}

func TestRunSweepsEveryHalfMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var job cleanup.Scope
		var log recorder
		begin := time.Now()
		stream := job.Child()
		for _, p := range []cleanup.Priority{cleanup.Immediate, cleanup.High, cleanup.Low, cleanup.Deferred} {
			stream.Add(cleanup.Resource{Name: p.String(), Priority: p, Release: func(context.Context) error {
				log.note(fmt.Sprint(p, " ", time.Since(begin)))
				return errBoom
			}})
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var failures []string
		wg.Go(func() { job.Run(ctx, func(err error) { failures = append(failures, err.Error()) }) })
		time.Sleep(24 * time.Hour)
		cancel()
		wg.Wait()
		require.Equal(t, []string{"immediate 30s", "deferred 1m0s", "high 1m30s", "low 1m30s"}, log.take())
		require.Equal(t, []string{
			"release immediate: boom", "release deferred: boom", "release high: boom\nrelease low: boom",
		}, failures)

		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		stream.Add(slow(&log, "unheard", cleanup.Low))
		job.Run(ctx, nil)
		require.Equal(t, []string{"unheard"}, log.take())
	})
}
