package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// result is what the rounds of one implementation came to; no figures where it
// lacks what the workload needs.
type result struct {
	peer
	figures []figure
}

// roundRobin measures every implementation once a round, so that a machine
// whose speed drifts slows all of them, and begins each round with another, so
// that none always comes after the same.
func (w workload) roundRobin(ctx context.Context, peers []peer, rounds int) ([]result, error) {
	measure := w.prepare(w.n)
	results := make([]result, len(peers))
	for i, p := range peers {
		results[i].peer = p
	}
	for round := range rounds {
		for i := range results {
			r := &results[(i+round)%len(results)]
			runtime.GC() // what the one before has left is not this one's
			f, err := measure(ctx, r.peer)
			if errors.Is(err, errLacks) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.by, err)
			}
			r.figures = append(r.figures, f)
		}
	}
	return results, nil
}

// of returns one number of every figure.
func (r result) of(number func(figure) float64) []float64 {
	var all []float64
	for _, f := range r.figures {
		all = append(all, number(f))
	}
	return all
}

func ns(f figure) float64   { return f.ns }
func cpu(f figure) float64  { return f.cpu }
func also(f figure) float64 { return f.also }

// ratios are what the first took of what the second did, round by round.
func ratios(first, second result, number func(figure) float64) []float64 {
	a, b := first.of(number), second.of(number)
	for i := range a {
		a[i] /= b[i]
	}
	return a
}

// quantile is the value that a part of the others are below: 0.5 for the median.
func quantile(values []float64, part float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := part * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

func median(values []float64) float64 { return quantile(values, 0.5) }
