package batch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// storages are how much each of them gives at so many streams.
var storages = map[string]struct {
	speed func(streams int) float64
	best  []int // the widths to end at, from two streams
}{
	// One spindle loses a seek of 8 ms a switch, at 150 MB/s, where two streams or
	// more take turns of 1 MiB; one loses it only from file to file of 16 MiB.
	"one spindle": {
		func(n int) float64 {
			run := 1.0
			if n == 1 {
				run = 16
			}
			return run / (0.008 + run/150)
		},
		[]int{1},
	},
	// Requests of 100 µs are served side by side, up to eight.
	"flash":             {func(n int) float64 { return math.Min(float64(n), 8) * 1e4 }, []int{8, 16}},
	"a server far away": {func(n int) float64 { return float64(n) * 100 }, []int{16}},
	"two cores":         {func(n int) float64 { return math.Min(float64(n), 2) }, []int{2}},
	"the same whatever": {func(int) float64 { return 100 }, []int{2}},
	"nothing at all":    {func(int) float64 { return 0 }, []int{2}},
}

func TestWidthFindsTheFastest(t *testing.T) {
	for name, s := range storages {
		for _, noise := range []float64{0, 0.04} {
			t.Run(fmt.Sprintf("%s, noise %v", name, noise), func(t *testing.T) {
				random := rand.New(rand.NewPCG(1, 2))
				w := newWidth(2, 16)
				var done, ideal float64
				for range 2000 {
					d := s.speed(w.streams()) * (1 + noise*(2*random.Float64()-1))
					done += d
					ideal += s.speed(s.best[0])
					w.step(d)
				}
				require.Contains(t, s.best, w.now)
				require.GreaterOrEqual(t, done, 0.96*ideal, "of what the best width gives, the search included")
			})
		}
	}
}

// What the files do while a width is tried is not taken for its doing.
func TestWidthIsNotMovedByTheFiles(t *testing.T) {
	for name, speed := range map[string]func(step int) float64{
		"smaller and smaller files": func(i int) float64 { return 1e9 / float64(i+1) },
		"larger and larger files":   func(i int) float64 { return float64(i + 1) },
		"a halt now and then":       func(i int) float64 { return float64(min(1, i%7)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWidth(2, 16)
			for i := range 1000 {
				w.step(speed(i))
				require.Equal(t, 2, w.now)
			}
		})
	}
}

func TestWidthStaysWithinItsBounds(t *testing.T) {
	for _, most := range []int{1, 2, 3, 5} {
		w := newWidth(2, most)
		for i := range 500 {
			w.step(float64(w.streams()) + float64(i%3))
			require.LessOrEqual(t, w.streams(), most)
			require.Positive(t, w.streams())
		}
	}
}
