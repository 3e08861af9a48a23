package bench

import (
	"slices"
	"time"

	"github.com/penstock-go/penstock/pipeline"
)

// Wait is the time that one stage has waited for another: for room behind it, or
// for what comes before it. For may also be what is no stage, such as memory.
type Wait struct {
	By, For string
	Time    time.Duration
}

// Fill is how full a link is.
type Fill struct {
	From, To string
	Share    float64 // 0 to 1
}

// waitsOf are the waits on the links of a pipeline.
func waitsOf(s pipeline.Stats) []Wait {
	var waits []Wait
	for _, l := range s.Links {
		waits = append(waits, Wait{l.From, l.To, l.SendWait}, Wait{l.To, l.From, l.RecvWait})
	}
	return waits
}

// addWaits adds each wait to the one between the same two.
func addWaits(sum, waits []Wait) []Wait {
	for _, w := range waits {
		i := slices.IndexFunc(sum, func(s Wait) bool { return s.By == w.By && s.For == w.For })
		if i < 0 {
			sum = append(sum, w)
			continue
		}
		sum[i].Time += w.Time
	}
	return sum
}

// Bottleneck is what the others have waited for: the one with the most time of theirs
// over its own. It is empty where nobody waited.
//
// In a chain that one stage holds up those before it wait for room and those behind
// it for input, all of the time. A stage between has waited as long as it was waited
// for; only the one that never waits stands out.
func Bottleneck(waits []Wait) string {
	var order []string
	owed := map[string]time.Duration{}
	add := func(name string, d time.Duration) {
		if _, known := owed[name]; !known {
			order = append(order, name)
		}
		owed[name] += d
	}
	for _, w := range waits {
		add(w.By, -w.Time)
		add(w.For, w.Time)
	}
	worst, most := "", time.Duration(0)
	for _, name := range order {
		if owed[name] > most {
			worst, most = name, owed[name]
		}
	}
	return worst
}
