package main

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkPeers is every workload in every way, for benchstat:
//
//	GOMAXPROCS=1 go test -run '^$' -bench 'Peers/workload=ordered' -count 10 > new.txt
//	benchstat -col /by new.txt
func BenchmarkPeers(b *testing.B) {
	for _, w := range workloads() {
		b.Run("workload="+w.name, func(b *testing.B) {
			measure := w.prepare(w.n)
			for _, p := range peers() {
				b.Run("by="+p.by, func(b *testing.B) {
					var total float64
					for b.Loop() {
						f, err := measure(b.Context(), p)
						if errors.Is(err, errLacks) {
							b.Skip(err)
						}
						require.NoError(b, err)
						total += f.ns
					}
					b.ReportMetric(total/float64(b.N), strings.ReplaceAll(w.unit, " ", "-"))
				})
			}
		})
	}
}

func TestAllComputeTheSame(t *testing.T) {
	for _, w := range workloads() {
		t.Run(w.name, func(t *testing.T) {
			measure := w.prepare(w.quick())
			for _, p := range peers() {
				f, err := measure(t.Context(), p)
				if errors.Is(err, errLacks) {
					continue
				}
				require.NoError(t, err, p.by)
				require.Positive(t, f.ns, p.by)
				if p.by == engine && w.also == left {
					require.Zero(t, f.also, left)
				}
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		name               string
		low, ratio, wanted float64
		want               string
	}{
		{"below", 0.8, 0.9, 1, "yes"},
		{"at the bound", 0.8, 1, 1, "yes"},
		{"above it in some rounds", 0.9, 1.1, 1, "undecided"},
		{"above it in most", 1.1, 1.2, 1, "**no**"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, verdict(test.low, test.ratio, test.wanted))
		})
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	require.InDelta(t, 2.5, median(values), 1e-9)
	require.InDelta(t, 1.75, quantile(values, 0.25), 1e-9)
	require.InDelta(t, 3.25, quantile(values, 0.75), 1e-9)
	require.Equal(t, []float64{4, 1, 3, 2}, values, "it must not sort what is compared round by round")
	require.InDelta(t, 7, quantile([]float64{7}, 0.75), 1e-9)
}

func TestEndingWaitsForGoroutines(t *testing.T) {
	const slow = 5 * time.Millisecond
	e := ending{goroutines: runtime.NumGoroutine(), began: time.Now()}
	go func() { <-time.After(slow) }()
	f, err := e.figure(errEnough, errEnough)
	require.NoError(t, err)
	require.GreaterOrEqual(t, f.ns, float64(slow))
	require.Zero(t, f.also)

	e = ending{goroutines: runtime.NumGoroutine(), began: time.Now()}
	stuck := make(chan struct{})
	defer close(stuck)
	go func() { <-stuck }()
	f, err = e.figure(errEnough, errEnough)
	require.NoError(t, err)
	require.InDelta(t, 1, f.also, 0, "it is left behind")

	_, err = e.figure(nil, errEnough)
	require.Error(t, err, "the error that ended it was lost")
}
