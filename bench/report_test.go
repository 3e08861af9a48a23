package bench_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench"
)

// result has runs of a second that moved so many bytes.
func result(name string, bytes ...int64) bench.Result {
	r := bench.Result{Name: name}
	for i, n := range bytes {
		r.Runs = append(r.Runs, bench.Run{Round: i + 1, Took: time.Second, Bytes: n})
	}
	return r
}

func TestSpread(t *testing.T) {
	require.Equal(t, bench.Spread{}, bench.SpreadOf(nil))
	require.Equal(t, bench.Spread{Low: 7, Median: 7, High: 7}, bench.SpreadOf([]float64{7}))
	require.Equal(t, bench.Spread{Low: 2, Median: 3, High: 4}, bench.SpreadOf([]float64{5, 1, 4, 2, 3}))
	require.Equal(t, bench.Spread{Low: 1.25, Median: 1.5, High: 1.75}, bench.SpreadOf([]float64{2, 1}))
	require.InDelta(t, 0.5, bench.Spread{Low: 9, Median: 10, High: 15}.Relative(), 1e-9)
	require.Zero(t, bench.Spread{}.Relative())
}

// Of two that are alike the first is the best, since it stands first for a reason.
func TestBest(t *testing.T) {
	require.Nil(t, bench.Best(nil))
	require.Nil(t, bench.Best([]bench.Result{result("a")}))
	for want, results := range map[string][]bench.Result{
		"a": {result("a", 98), result("b", 100)},
		"b": {result("a", 96), result("b", 100)},
		"c": {result("a"), result("b", 50), result("c", 97), result("d", 100)},
	} {
		require.Equal(t, want, bench.Best(results).Name)
	}
}

func TestGroups(t *testing.T) {
	with := func(name string, settings ...string) bench.Result {
		r := result(name)
		for i := 0; i < len(settings); i += 2 {
			r.Settings = append(r.Settings, bench.Setting{Name: settings[i], Value: settings[i+1]})
		}
		return r
	}
	a := with("a", "work", "read", "chunk", "1K")
	b := with("b", "work", "hash", "chunk", "1K")
	c := with("c", "work", "read", "chunk", "2K")
	c.Runs = []bench.Run{{}}
	groups := bench.Groups([]bench.Result{a, b, c}, "chunk", "streams")
	require.Equal(t, []bench.Group{
		{Settings: a.Settings[:1], Results: []bench.Result{a, c}},
		{Settings: b.Settings[:1], Results: []bench.Result{b}},
	}, groups)
	require.Equal(t, "hash", groups[1].Setting("work"))
	require.Empty(t, groups[1].Setting("chunk"))
	require.True(t, groups[0].Measured())
	require.False(t, groups[1].Measured())
	require.Equal(t, "2K", c.Setting("chunk"))
	require.Len(t, bench.Groups([]bench.Result{a, b, c}), 3)
}

func TestCompare(t *testing.T) {
	before := &bench.Report{Results: []bench.Result{
		result("same", 100, 100, 100), result("slower", 100, 101, 99), result("noisy", 50, 100, 200), result("gone", 1), result("unmeasured", 1),
	}}
	after := &bench.Report{Results: []bench.Result{
		result("new", 1), result("unmeasured"), result("noisy", 40, 80, 160), result("slower", 80, 81, 79), result("same", 100, 100, 100),
	}}
	changes := bench.Compare(before, after)
	require.Len(t, changes, 3)
	noisy, slower, same := changes[0], changes[1], changes[2]
	require.Equal(t, "+0.0 % (+0.0 to +0.0)", same.String())
	require.False(t, same.IsSlower(0))
	require.InDelta(t, -0.2, slower.Change.Median, 0.01)
	require.True(t, slower.IsSlower(0.1))
	require.False(t, slower.IsSlower(0.25))
	require.InEpsilon(t, 100, slower.Before.Median, 1e-9)
	require.InEpsilon(t, 80, slower.After.Median, 1e-9)
	require.InDelta(t, -0.2, noisy.Change.Median, 0.01)
	require.False(t, noisy.IsSlower(0.1), "what runs of the same thing differ by is no change")
}

// Without bytes it is the time that is compared.
func TestCompareOfTime(t *testing.T) {
	timed := func(d time.Duration) *bench.Report {
		return &bench.Report{Results: []bench.Result{{Name: "a", Runs: []bench.Run{{Took: d}}}}}
	}
	changes := bench.Compare(timed(time.Second), timed(2*time.Second))
	require.InDelta(t, -0.5, changes[0].Change.Median, 1e-9)
}

// report is one with everything in it.
func report() *bench.Report {
	r := result("hash chunk=64K", 100, 300, 200)
	r.Settings = []bench.Setting{{Name: "chunk", Value: "64K"}, {Name: "work", Value: "hash"}}
	r.Runs[0].CPU, r.Runs[1].PeakRSS, r.Runs[2].Items, r.Runs[0].Bottleneck = time.Second/2, 5<<20, 7, "sink"
	r.Moments = []bench.Moment{
		{At: 250 * time.Millisecond, Bytes: 50, Level: 2, Fills: []bench.Fill{{From: "read", To: "size", Share: 0.25}}},
		{At: 500 * time.Millisecond, Bytes: 90, Fills: []bench.Fill{
			{From: "read", To: "size"}, {From: "size", To: "sink", Share: 1},
		}},
	}
	r.Latency = bench.Quantiles{Count: 9, P50: 1, P90: 20, P99: 300, P999: 4 * time.Second}
	r.Waits = []bench.Wait{{By: "read", For: "sink", Time: 3 * time.Second}}
	return &bench.Report{
		Began: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Took: 1500 * time.Millisecond, Machine: bench.ThisMachine(),
		Results: []bench.Result{r, result("unmeasured")},
		Subject: "<a> & b", Command: "penstock bench .", Notes: []string{"a note"},
		Advice: []bench.Advice{{For: "hash", Command: "penstock sum .", Variant: r.Name}},
	}
}

func TestReportSurvivesEncoding(t *testing.T) {
	want := report()
	var text bytes.Buffer
	require.NoError(t, want.Encode(&text))
	require.Contains(t, text.String(), "<a> & b")
	require.Equal(t, 4, strings.Count(text.String(), "\n"))
	got, err := bench.Decode(&text)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, "sink", got.Results[0].Bottleneck())
}

// What is no report, or the beginning of one, is refused, wherever it ends.
func TestDecodeRefuses(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, report().Encode(&text))
	whole := text.String()
	variants := strings.Index(whole, `{"type":"advice"`)
	for end := range variants - 1 {
		_, err := bench.Decode(strings.NewReader(whole[:end]))
		require.ErrorIs(t, err, bench.ErrNoReport, "cut at %d", end)
	}
	for _, other := range []string{"", "{}", "[]", "hello", `{"type":"file"}`, `{"type":"report","format":2}`, whole + "{"} {
		_, err := bench.Decode(strings.NewReader(other))
		require.ErrorIs(t, err, bench.ErrNoReport, other)
	}
	_, err := bench.Decode(strings.NewReader(whole + `{"type":"later"}`))
	require.NoError(t, err)
}

func TestEncodeTellsOfAnError(t *testing.T) {
	errFull := errors.New("full")
	for after := range 4 {
		require.ErrorIs(t, report().Encode(&filling{left: after, err: errFull}), errFull)
	}
}

// filling takes so many writes.
type filling struct {
	left int
	err  error
}

func (f *filling) Write(p []byte) (int, error) {
	if f.left == 0 {
		return 0, f.err
	}
	f.left--
	return len(p), nil
}
