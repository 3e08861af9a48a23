package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/plot"
)

// settingsText is the settings from the second on, which the title of a work does not
// say.
func settingsText(settings []bench.Setting) string {
	var words []string
	for i, s := range settings {
		switch {
		case i == 0:
		case s.Name == cache:
			words = append(words, s.Value+" cache")
		default:
			words = append(words, s.Value)
		}
	}
	return strings.Join(words, " · ")
}

// wholeText is all of them.
func wholeText(settings []bench.Setting) string {
	if len(settings) == 0 {
		return ""
	}
	return strings.TrimSuffix(settings[0].Value+" · "+settingsText(settings), " · ")
}

// choiceText is what was chosen: the chunk size and the number of streams.
func choiceText(r bench.Result) string {
	var words []string
	if s := r.Setting(streams); s != "" {
		words = append(words, counted(s, "stream"))
	}
	if c := r.Setting(chunk); c != "" {
		words = append(words, "chunk "+c)
	}
	if len(words) == 0 {
		return r.Name
	}
	return strings.Join(words, ", ")
}

// counted is a number of things, of which the number is text.
func counted(n, what string) string {
	if n == "1" {
		return "1 " + what
	}
	return n + " " + what + "s"
}

func plural(n int, what string) string { return counted(fmt.Sprint(n), what) }

func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }

func rate(bytesPerSecond float64) string { return plot.Rate.Text(bytesPerSecond) }

func bytesText(n int64) string {
	if n == 0 {
		return "–"
	}
	return plot.Bytes.Text(float64(n))
}

func durationText(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return plot.Duration(d)
}

// spreadText is how far runs differ, which one cannot.
func spreadText(r bench.Result) string {
	if len(r.Runs) < 2 {
		return "–"
	}
	return "± " + percent(r.Throughput().Relative())
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// facts are the line below the title.
func facts(r *bench.Report) []string {
	runs := 0
	for _, result := range r.Results {
		runs += len(result.Runs)
	}
	return []string{
		r.Began.Format("2 January 2006, 15:04 MST"),
		fmt.Sprintf("%s of %s in %s", plural(runs, "run"), plural(len(r.Results), "combination"), r.Took.Round(time.Second)),
	}
}

// machine is what it was measured on.
func machine(r *bench.Report) []fact {
	m := r.Machine
	cores := plural(m.Cores, "core")
	if m.GOMAXPROCS != m.Cores {
		cores += fmt.Sprintf(", of which Go uses %d", m.GOMAXPROCS)
	}
	return []fact{
		{"Processor", orDash(m.Processor)},
		{"Cores", cores},
		{"Memory", bytesText(m.Memory)},
		{"System", m.OS + "/" + m.Arch},
		{"Built with", m.Go},
	}
}
