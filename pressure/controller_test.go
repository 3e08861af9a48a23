package pressure_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

func TestLimitsAreTheStricterOfBothLevels(t *testing.T) {
	const ms = time.Millisecond
	// Streams and throughput that score 30 and 30 at full links.
	at := func(usage, fill float64) pressure.Sample {
		return pressure.Sample{Memory: memoryAt(usage), Fill: fill, Streams: 9, Throughput: 1}
	}
	for _, tt := range []struct {
		name   string
		sample pressure.Sample
		want   pressure.Limits
	}{
		{"nothing wrong", at(0.3, 0.5), pressure.Limits{
			MaxChunk: 1 * mib, MaxStreams: 10, Multiplier: 1,
		}},
		{"LIGHT by fill", at(0.3, 0.75), pressure.Limits{
			Level: pressure.Light, Factors: pressure.Factors{Concurrency: 15, Throughput: 15},
			MaxChunk: 1 * mib, MaxStreams: 6, Multiplier: 0.8, Delay: pressure.Delay{Min: 10 * ms, Max: 30 * ms},
		}},
		{"HEAVY by fill", at(0.3, 1), pressure.Limits{
			Level: pressure.Heavy, Factors: pressure.Factors{Concurrency: 30, Throughput: 30},
			MaxChunk: 32 * kib, MaxStreams: 1, Multiplier: 0.25, Delay: pressure.Delay{Min: 100 * ms, Max: 200 * ms},
		}},
		{"warning: its streams, its delay, 0.7", at(0.65, 0), pressure.Limits{
			MemoryLevel: pressure.MemoryWarning, Level: pressure.Light, Factors: pressure.Factors{Memory: 20},
			MaxChunk: 768 * kib, MaxStreams: 5, Multiplier: 0.7, Delay: pressure.Delay{Min: 50 * ms, Max: 50 * ms},
		}},
		{"warning and MODERATE: its streams, its multiplier, the longer delay", at(0.65, 0.75), pressure.Limits{
			MemoryLevel: pressure.MemoryWarning, Level: pressure.Moderate, Factors: pressure.Factors{Memory: 20, Concurrency: 15, Throughput: 15},
			MaxChunk: 768 * kib, MaxStreams: 3, Multiplier: 0.5, Delay: pressure.Delay{Min: 50 * ms, Max: 100 * ms},
		}},
		{"critical: 2 streams and 100 ms against MODERATE's 3 and 50", at(0.84, 0), pressure.Limits{
			MemoryLevel: pressure.MemoryCritical, Level: pressure.Moderate, Factors: pressure.Factors{Memory: 40},
			MaxChunk: 512 * kib, MaxStreams: 2, Multiplier: 0.5, Delay: pressure.Delay{Min: 100 * ms, Max: 100 * ms},
		}},
		{"emergency", at(0.9, 0), pressure.Limits{
			MemoryLevel: pressure.MemoryEmergency, Level: pressure.Moderate, Factors: pressure.Factors{Memory: 40},
			MaxChunk: 256 * kib, MaxStreams: 1, Multiplier: 0.5, Delay: pressure.Delay{Min: 200 * ms, Max: 200 * ms},
		}},
		{"emergency and CRITICAL", at(0.9, 1), pressure.Limits{
			MemoryLevel: pressure.MemoryEmergency, Level: pressure.Critical, Factors: pressure.Factors{Memory: 40, Concurrency: 30, Throughput: 30},
			MaxChunk: 32 * kib, MaxStreams: 0, Multiplier: 0.1, Delay: pressure.Delay{Min: 500 * ms, Max: 500 * ms},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := new(pressure.Controller).Step(tt.sample)
			require.Equal(t, tt.want.Level == pressure.None && tt.want.MemoryLevel == pressure.MemoryNormal, got.Reason == "")
			require.Equal(t, got.Level == pressure.Critical, got.Paused())
			tt.want.Usage, tt.want.Reason = tt.sample.Memory.Usage(), got.Reason
			require.Equal(t, tt.want, got)
		})
	}
}

func TestOptionsMoveTheOpenEnd(t *testing.T) {
	c, err := pressure.NewController(pressure.Options{MaxChunk: 65*kib + 1, MaxStreams: 4, Thresholds: pressure.Thresholds{Multiplier: 0.2}})
	require.NoError(t, err)
	l := c.Step(pressure.Sample{At: epoch, Memory: memoryAt(0.3)})
	require.Equal(t, 64*kib, l.MaxChunk)
	require.Equal(t, 4, l.MaxStreams)
	l = c.Step(pressure.Sample{At: epoch, Memory: memoryAt(0.60)})
	require.Equal(t, 48*kib, l.MaxChunk)
	require.Equal(t, 4, l.MaxStreams, "a level never widens")
	require.InDelta(t, 0.2, l.Multiplier, 0)

	c, err = pressure.NewController(pressure.Options{MaxStreams: 64})
	require.NoError(t, err)
	require.Equal(t, 64, c.Step(pressure.Sample{At: epoch}).MaxStreams, "nothing wrong, nothing held back")
}

func TestADelayForFullLinksLeavesRoomToGrow(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name       string
		usage      float64
		streams    int
		throughput float64
		chunkTime  time.Duration
		level      pressure.Level
		min, max   time.Duration
	}{
		{"chunk time not known: the level's", 0.3, 1, 0, 0, pressure.Light, 10 * ms, 30 * ms},
		{"slow chunks: the level's", 0.3, 1, 0, 500 * ms, pressure.Light, 10 * ms, 30 * ms},
		{"0.8 of a chunk's time, just not", 0.3, 1, 0, 37500 * time.Microsecond, pressure.Light, 10 * ms, 30 * ms},
		{"at one end", 0.3, 1, 0, 25 * ms, pressure.Light, 10 * ms, 20 * ms},
		{"at both", 0.3, 1, 0, 10 * ms, pressure.Light, 8 * ms, 8 * ms},
		{"3 of 9 streams are left: a third", 0.3, 9, 5 * mib, 225 * ms, pressure.Moderate, 50 * ms, 60 * ms},
		{"1 of 9 is left: a ninth", 0.3, 9, 0, 90 * ms, pressure.Heavy, 8 * ms, 8 * ms},
		{"chunks are cut to 32 KiB: their time", 0.3, 9, 1 * mib, 0, pressure.Heavy, 25 * ms, 25 * ms},
		{"the shorter of both", 0.3, 9, 1 * mib, 180 * ms, pressure.Heavy, 16 * ms, 16 * ms},
		{"no streams are counted", 0.3, 0, 0, 10 * ms, pressure.Light, 8 * ms, 8 * ms},
		{"what memory asks for stands", 0.79, 1, 0, 1 * ms, pressure.Heavy, 100 * ms, 100 * ms},
		{"below its warning too", 0.599, 1, 0, 1 * ms, pressure.Moderate, 800 * time.Microsecond, 800 * time.Microsecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := new(pressure.Controller).Step(pressure.Sample{
				Memory: memoryAt(tt.usage), Fill: 1, Streams: tt.streams, Throughput: tt.throughput, ChunkTime: tt.chunkTime,
			})
			require.Equal(t, tt.level, l.Level)
			require.Equal(t, pressure.Delay{Min: tt.min, Max: tt.max}, l.Delay)
		})
	}
}

func TestLimitsOfAChunk(t *testing.T) {
	open := pressure.Open()
	warning := new(pressure.Controller).Step(pressure.Sample{Memory: memoryAt(0.61)})
	emergency := new(pressure.Controller).Step(pressure.Sample{Memory: memoryAt(0.85)})
	heavy := new(pressure.Controller).Step(pressure.Sample{Fill: 1, Streams: 9})
	for _, tt := range []struct {
		name   string
		limits pressure.Limits
		size   int
		want   int
	}{
		{"open, whole", open, 1 * mib, 1 * mib},
		{"open, too large", open, 1*mib + 1, 1 * mib},
		{"open, off the grid", open, 64*kib + 4095, 64 * kib},
		{"open, least", open, 4 * kib, 4 * kib},
		{"nothing", open, 0, 4 * kib},
		{"negative", open, math.MinInt, 4 * kib},
		{"warning", warning, 256 * kib, 192 * kib},
		{"warning never makes one larger", warning, 8 * kib, 8 * kib},
		{"emergency", emergency, 256 * kib, 64 * kib},
		{"emergency, a small one", emergency, 8 * kib, 4 * kib},
		{"heavy splits to 32 KiB", heavy, 256 * kib, 32 * kib},
		{"heavy leaves smaller ones", heavy, 32 * kib, 32 * kib},
		{"heavy, just above", heavy, 36 * kib, 32 * kib},
		{"the zero limits", pressure.Limits{}, 256 * kib, 4 * kib},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, tt.limits.Chunk(tt.size))
		})
	}
}

func TestOpenLimits(t *testing.T) {
	require.Equal(t, pressure.Limits{MaxChunk: 1 * mib, MaxStreams: 10, Multiplier: 1}, pressure.Open())
	require.True(t, pressure.Limits{}.Paused())
}

func TestGrowthRaisesTheMemoryLevel(t *testing.T) {
	var c pressure.Controller
	l := c.Step(pressure.Sample{At: epoch, Memory: memoryAt(0.45), Growth: 0.06})
	require.Equal(t, pressure.MemoryCritical, l.MemoryLevel)
	require.Equal(t, "NONE (0 points: memory 0, concurrency 0, throughput 0): memory critical, system memory 429.2 of 953.7 MiB (45 %), growing 6 % a second", l.Reason)
	l = c.Step(pressure.Sample{At: epoch.Add(time.Second), Memory: memoryAt(0.45)})
	require.Equal(t, pressure.MemoryCritical, l.MemoryLevel, "growth too is let go of late")
	l = c.Step(pressure.Sample{At: epoch.Add(2 * time.Second), Memory: memoryAt(0.45)})
	require.Equal(t, pressure.MemoryNormal, l.MemoryLevel)
}

// A pool that fills up to its bound is no leak.
func TestGrowthOfWhatIsBoundedIsNone(t *testing.T) {
	resident := func(used int64) pressure.Memory {
		return pressure.Memory{pressure.SourceProcess: {Source: pressure.SourceProcess, Used: used, Limit: 100 * mib}}
	}
	h := pressure.NewHistory(100)
	for i := range int64(10) { // all of it is the pool's, and then all of it is not
		h.Add(pressure.Snapshot{Sample: pressure.Sample{
			At: epoch.Add(time.Duration(i) * time.Second), Memory: resident((30 + 3*i) * mib), Bounded: 3 * i * mib,
		}})
	}
	require.Zero(t, h.Growth())
	for i := range int64(10) {
		h.Add(pressure.Snapshot{Sample: pressure.Sample{
			At: epoch.Add(time.Duration(10+i) * time.Second), Memory: resident((57 + 3*i) * mib), Bounded: 27 * mib,
		}})
	}
	require.Greater(t, h.Growth(), 0.05)

	s := pressure.Sample{At: epoch, Memory: resident(45 * mib), Growth: 0.06}
	require.Equal(t, pressure.MemoryCritical, new(pressure.Controller).Step(s).MemoryLevel)
	s.Bounded = 5 * mib
	require.Equal(t, pressure.MemoryNormal, new(pressure.Controller).Step(s).MemoryLevel, "40 % of what is not bounded")
}

func TestReasonSaysWhyTheLevelsChanged(t *testing.T) {
	var c pressure.Controller
	s := pressure.Sample{At: epoch, Memory: memoryAt(0.62), Fill: 1, Streams: 9, Throughput: 4.8 * mib}
	l := c.Step(s)
	want := "HEAVY (70 points: memory 20, concurrency 30, throughput 20): memory warning, system memory 591.3 of 953.7 MiB (62 %); the fullest link 100 % full, 4.8 MiB/s, 9 streams"
	require.Equal(t, pressure.Heavy, l.Level)
	require.Equal(t, want, l.Reason)
	s.At, s.Throughput = s.At.Add(time.Millisecond), 4.7*mib
	require.Equal(t, l.Reason, c.Step(s).Reason, "only a change gives a new one")

	idle := pressure.Sample{Memory: memoryAt(0.1)}
	idle.At = epoch.Add(time.Second)
	c.Step(idle)
	idle.At = epoch.Add(2 * time.Second)
	require.Equal(t, "NONE (0 points: memory 0, concurrency 0, throughput 0): nothing holds the streams back", c.Step(idle).Reason)
}

// ownMemory is a process with a ceiling of 100 MiB, which takes this much of it.
func ownMemory(source pressure.Source, used float64) pressure.Memory {
	var m pressure.Memory
	m[source] = pressure.Reading{Source: source, Used: int64(used * mib), Limit: 100 * mib}
	return m
}

// What the program itself takes holds up nobody once it has lasted for a second: no
// wait makes it less. Chunks and streams stay bounded.
func TestNothingWaitsForTheProgramItself(t *testing.T) {
	const (
		ms        = time.Millisecond
		normal    = pressure.MemoryNormal
		warning   = pressure.MemoryWarning
		critical  = pressure.MemoryCritical
		emergency = pressure.MemoryEmergency
	)
	process := func(used, bounded float64) pressure.Sample {
		return pressure.Sample{Memory: ownMemory(pressure.SourceProcess, used), Bounded: int64(bounded * mib)}
	}
	beside := func(s pressure.Sample, system float64) pressure.Sample {
		s.Memory[pressure.SourceSystem] = memoryAt(system)[pressure.SourceSystem]
		return s
	}
	for _, tt := range []struct {
		name    string
		sample  pressure.Sample
		memory  pressure.MemoryLevel
		points  float64
		delay   time.Duration
		overran bool
	}{
		{"below the warning", process(59.9, 0), normal, 10, 0, false},
		{"a warning by itself", process(60, 0), warning, 0, 0, false},
		{"a warning, chunks apart", process(65, 5), warning, 0, 0, false},
		{"no warning without its chunks", process(65, 5.1), warning, 20, 50 * ms, false},
		{"critical by itself", process(75, 0), critical, 0, 0, false},
		{"critical with its chunks, a warning by itself", process(75, 15), critical, 0, 0, false},
		{"just no emergency", process(84.9, 0), critical, 0, 0, false},
		{"an emergency by itself", process(85, 0), emergency, 0, 0, true},
		{"an emergency with its chunks", process(85, 0.1), emergency, 0, 0, false},
		{"far above the ceiling", process(160, 3), emergency, 0, 0, true},
		{"more bounded than there is", process(65, 500), warning, 20, 50 * ms, false},
		{"past the trigger", pressure.Sample{Memory: pressure.Memory{{Used: 100 * mib, Limit: 1 << 40}}}, emergency, 0, 0, true},
		{"its heap", pressure.Sample{Memory: ownMemory(pressure.SourceHeap, 85)}, emergency, 0, 0, true},
		{"its heap, with the chunks", pressure.Sample{Memory: ownMemory(pressure.SourceHeap, 65), Bounded: 6 * mib}, warning, 20, 50 * ms, false},
		{"the system's", pressure.Sample{Memory: memoryAt(0.9)}, emergency, 40, 200 * ms, false},
		{"the control group's", pressure.Sample{Memory: ownMemory(pressure.SourceCgroup, 90)}, emergency, 40, 200 * ms, false},
		{"and the system's, which has no say", beside(process(85, 0), 0.5), emergency, 0, 0, true},
		{"and the system's, with points", beside(process(85, 0), 0.51), emergency, 10, 0, true},
		{"and the system's, a warning", beside(process(85, 0), 0.65), emergency, 20, 50 * ms, true},
		{"and the system's, an emergency too", beside(process(85, 0), 0.9), emergency, 40, 200 * ms, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c pressure.Controller
			s := tt.sample
			before := c.Step(at(s, 0))
			require.Equal(t, before, c.Step(at(s, 999*ms)), "it may be garbage")
			require.False(t, before.Overran())
			require.Equal(t, tt.memory, before.MemoryLevel)
			require.Equal(t, tt.memory.AdjustedLimits(mib).ReadDelay, before.Delay.Min)

			require.Equal(t, tt.overran, c.Step(at(s, time.Second)).Overran())
			l := c.Step(at(s, 2*time.Second)) // the level that its points called for has fallen
			require.Equal(t, tt.overran, l.Overran())
			require.Equal(t, tt.memory, l.MemoryLevel, "it is short all the same")
			require.InDelta(t, s.Memory.Usage(), l.Usage, 0)
			require.InDelta(t, tt.points, l.Factors.Memory, 0)
			require.Equal(t, tt.delay, l.Delay.Min)
			bound := tt.memory.AdjustedLimits(mib)
			if tt.overran {
				bound.MaxChunk = 4 * kib
			}
			require.Equal(t, bound.MaxChunk, l.MaxChunk)
			require.Equal(t, bound.MaxStreams, l.MaxStreams)
		})
	}
}

// at is the sample so long after the epoch.
func at(s pressure.Sample, after time.Duration) pressure.Sample {
	s.At = epoch.Add(after)
	return s
}

func TestTheProgramsOwnIsLetGoOfAtOnce(t *testing.T) {
	var c pressure.Controller
	s := pressure.Sample{Memory: ownMemory(pressure.SourceProcess, 85)}
	c.Step(at(s, 0))
	c.Step(at(s, time.Second))
	l := c.Step(at(s, 2*time.Second))
	require.Equal(t, pressure.Reading{Source: pressure.SourceProcess, Used: 85 * mib, Limit: 100 * mib}, l.Overrun)
	s.Memory = ownMemory(pressure.SourceProcess, 80)
	require.True(t, c.Step(at(s, 2*time.Second+1)).Overran(), "not within 5 points")
	s.Memory = ownMemory(pressure.SourceProcess, 79.9)
	l = c.Step(at(s, 2*time.Second+2))
	require.Zero(t, l.Overrun)
	require.Equal(t, 256*kib, l.MaxChunk)
	require.Zero(t, l.Delay, "it still calls for a critical level by itself")
	s.Memory = ownMemory(pressure.SourceProcess, 50)
	require.NotZero(t, c.Step(at(s, 2*time.Second+3)).Delay, "and now it gets better")
}

// A pause that only the program's own memory holds up ends, one that others do does not.
func TestAPauseIsForWhatGetsBetter(t *testing.T) {
	full := pressure.Sample{Fill: 1, Streams: 9}
	for name, tt := range map[string]struct {
		memory pressure.Memory
		paused bool
	}{
		"process":       {ownMemory(pressure.SourceProcess, 150), false},
		"a little more": {ownMemory(pressure.SourceProcess, 60.1), false},
		"heap":          {ownMemory(pressure.SourceHeap, 90), false},
		"system":        {memoryAt(0.9), true},
		"cgroup":        {ownMemory(pressure.SourceCgroup, 90), true},
		"process and system": {pressure.Memory{
			pressure.SourceProcess: ownMemory(pressure.SourceProcess, 150)[pressure.SourceProcess],
			pressure.SourceSystem:  memoryAt(0.61)[pressure.SourceSystem],
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var c pressure.Controller
			full.Memory = tt.memory
			l := c.Step(at(full, 0))
			require.True(t, l.Paused())
			for i := range 60 {
				l = c.Step(at(full, time.Duration(1+i)*time.Second))
			}
			require.Equal(t, tt.paused, l.Paused())
			if !tt.paused {
				require.Equal(t, pressure.Heavy, l.Level, "by its links")
				require.Positive(t, l.MaxStreams)
			}
		})
	}
}

func TestReasonSaysWhatTheProgramItselfTakes(t *testing.T) {
	var c pressure.Controller
	s := pressure.Sample{Memory: ownMemory(pressure.SourceProcess, 110), Bounded: 2 * mib, Fill: 1, Streams: 9}
	require.Equal(t, "CRITICAL (100 points: memory 40, concurrency 30, throughput 30): memory emergency, process RSS 110.0 of 100.0 MiB (110 %); "+
		"the fullest link 100 % full, 0.0 MiB/s, 9 streams", c.Step(at(s, 0)).Reason)
	l := c.Step(at(s, time.Second))
	require.Equal(t, pressure.Critical, l.Level, "a level falls late")
	require.Equal(t, "CRITICAL (60 points: memory 0, concurrency 30, throughput 30): memory emergency, process RSS 110.0 of 100.0 MiB (110 %); "+
		"the program itself takes 108.0 MiB, which cannot be held: one stream goes on, with the smallest chunks; "+
		"the fullest link 100 % full, 0.0 MiB/s, 9 streams", l.Reason)
	c.Step(at(s, 2*time.Second))
	require.Equal(t, "HEAVY", c.Step(at(s, 2*time.Second)).Reason[:5])
	s.Memory, s.Fill = ownMemory(pressure.SourceProcess, 69), 0
	c.Step(at(s, 3*time.Second))
	require.Equal(t, "NONE (0 points: memory 0, concurrency 0, throughput 0): memory warning, process RSS 69.0 of 100.0 MiB (69 %); "+
		"the program itself takes 67.0 MiB, for which nothing waits", c.Step(at(s, 4*time.Second)).Reason)
}

func TestOptionsReportEveryFaultAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options pressure.Options
		fields  []string
	}{
		{"defaults", pressure.Options{}, nil},
		{"negative", pressure.Options{Interval: -1, Window: -1, MaxChunk: -1, MaxStreams: -1, MaxPause: -1}, []string{"Interval", "Window", "MaxChunk", "MaxStreams", "MaxPause"}},
		{"least", pressure.Options{Interval: time.Millisecond, Window: 10 * time.Second, MaxChunk: 4096, MaxStreams: 1, MaxPause: 1}, nil},
		{"below the least", pressure.Options{Interval: time.Millisecond - 1, Window: 10*time.Second - 1, MaxChunk: 4095}, []string{"Interval", "Window", "MaxChunk"}},
		{"most", pressure.Options{Interval: time.Minute, Window: time.Hour, MaxChunk: mib, MaxStreams: 10_000, MaxPause: 24 * time.Hour}, nil},
		{"above the most", pressure.Options{Interval: time.Minute + 1, Window: time.Hour + 1, MaxChunk: mib + 1, MaxStreams: 10_001, MaxPause: 24*time.Hour + 1}, []string{"Interval", "Window", "MaxChunk", "MaxStreams", "MaxPause"}},
		{"of the thresholds too", pressure.Options{Thresholds: pressure.Thresholds{Warning: 2, MaxMemory: 1}, MaxStreams: -1}, []string{"Warning", "MaxMemory", "MaxStreams"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pressure.NewController(tt.options)
			require.Equal(t, tt.fields, faultyFields(err))
		})
	}
	_, err := pressure.NewController(pressure.Options{MaxStreams: -3})
	require.EqualError(t, err, "pressure: MaxStreams is -3: want from 1 to 10000")
}
