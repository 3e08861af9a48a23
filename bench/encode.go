package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/penstock-go/penstock/pressure"
)

// ErrNoReport is what errors.Is finds in the error of [Decode] where what is read is
// nothing that [Report.Encode] has written, or only the beginning of it.
var ErrNoReport = errors.New("bench: not a report")

// reportFormat is the version of what Encode writes. Decode reads no other.
const reportFormat = 1

// The lines of an encoded report. What is derived from the runs stands there for other
// programs, and is not read back.
type (
	headLine struct {
		Type    string    `json:"type"` // "report"
		Format  int       `json:"format"`
		Began   time.Time `json:"began"`
		Seconds float64   `json:"seconds"`
		Subject string    `json:"subject,omitempty"`
		Command string    `json:"command,omitempty"`
		Machine Machine   `json:"machine"`
		Notes   []string  `json:"notes,omitempty"`
		Results int       `json:"variants"` // how many lines follow for them
	}
	resultLine struct {
		Type       string        `json:"type"` // "variant"
		Name       string        `json:"name"`
		Settings   []Setting     `json:"settings,omitempty"`
		Throughput spreadJSON    `json:"bytes_per_second"`
		Seconds    spreadJSON    `json:"seconds"`
		Cores      spreadJSON    `json:"busy_cores"`
		PeakRSS    int64         `json:"peak_rss_bytes"`
		Bottleneck string        `json:"bottleneck"`
		Latency    quantilesJSON `json:"latency"`
		Waits      []waitJSON    `json:"waits,omitempty"`
		Runs       []runJSON     `json:"runs"`
		Links      []linkJSON    `json:"links,omitempty"` // of the fills of the moments
		Moments    []momentJSON  `json:"moments,omitempty"`
	}
	adviceLine struct {
		Type string `json:"type"` // "advice"
		Advice
	}

	spreadJSON struct {
		Low    float64 `json:"low"`
		Median float64 `json:"median"`
		High   float64 `json:"high"`
	}
	quantilesJSON struct {
		Count int64   `json:"count"`
		P50   float64 `json:"p50_seconds"`
		P90   float64 `json:"p90_seconds"`
		P99   float64 `json:"p99_seconds"`
		P999  float64 `json:"p99_9_seconds"`
	}
	waitJSON struct {
		By      string  `json:"by"`
		For     string  `json:"for"`
		Seconds float64 `json:"seconds"`
	}
	runJSON struct {
		Round      int     `json:"round"`
		Seconds    float64 `json:"seconds"`
		Bytes      int64   `json:"bytes"`
		Items      int64   `json:"items"`
		CPU        float64 `json:"cpu_seconds"`
		PeakRSS    int64   `json:"peak_rss_bytes"`
		Bottleneck string  `json:"bottleneck,omitempty"`
	}
	linkJSON struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	momentJSON struct {
		Seconds float64   `json:"seconds"`
		Bytes   int64     `json:"bytes"`
		Level   int8      `json:"level"`
		Fills   []float64 `json:"fills"` // 0 to 1, of the links, to a thousandth
	}
)

// Encode writes the report as one JSON object a line, each with a type: "report",
// then "variant" for each of them, then "advice".
func (r *Report) Encode(w io.Writer) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false) // it is no HTML, and people read it
	err := lines.Encode(headLine{
		"report", reportFormat, r.Began, r.Took.Seconds(), r.Subject, r.Command, r.Machine, r.Notes, len(r.Results),
	})
	for i := 0; err == nil && i < len(r.Results); i++ {
		err = lines.Encode(r.Results[i].line())
	}
	for i := 0; err == nil && i < len(r.Advice); i++ {
		err = lines.Encode(adviceLine{"advice", r.Advice[i]})
	}
	return err
}

func (r Result) line() resultLine {
	q := r.Latency
	l := resultLine{
		Type: "variant", Name: r.Name, Settings: r.Settings,
		Throughput: spreadJSON(r.Throughput()), Seconds: spreadJSON(r.Seconds()), Cores: spreadJSON(r.Cores()),
		PeakRSS: r.PeakRSS(), Bottleneck: r.Bottleneck(),
		Latency: quantilesJSON{q.Count, q.P50.Seconds(), q.P90.Seconds(), q.P99.Seconds(), q.P999.Seconds()},
		Runs:    []runJSON{}, // and not null
	}
	l.Links, l.Moments = momentLines(r.Moments)
	for _, w := range r.Waits {
		l.Waits = append(l.Waits, waitJSON{w.By, w.For, w.Time.Seconds()})
	}
	for _, run := range r.Runs {
		l.Runs = append(l.Runs, runJSON{
			Round: run.Round, Seconds: run.Took.Seconds(), Bytes: run.Bytes, Items: run.Items,
			CPU: run.CPU.Seconds(), PeakRSS: run.PeakRSS, Bottleneck: run.Bottleneck,
		})
	}
	return l
}

func momentLines(moments []Moment) (links []linkJSON, lines []momentJSON) {
	for _, m := range moments {
		line := momentJSON{Seconds: m.At.Seconds(), Bytes: m.Bytes, Level: int8(m.Level), Fills: make([]float64, len(links))}
		for _, f := range m.Fills {
			i := slices.Index(links, linkJSON{f.From, f.To})
			if i < 0 {
				i = len(links)
				links, line.Fills = append(links, linkJSON{f.From, f.To}), append(line.Fills, 0)
			}
			line.Fills[i] = math.Round(f.Share*1e3) / 1e3
		}
		lines = append(lines, line)
	}
	return links, lines
}

// Decode reads a report.
func Decode(from io.Reader) (*Report, error) {
	lines := json.NewDecoder(from)
	var head headLine
	if err := lines.Decode(&head); err != nil || head.Type != "report" {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrNoReport)
	}
	if head.Format != reportFormat {
		return nil, fmt.Errorf("%w: its format is %d, and only %d is known", ErrNoReport, head.Format, reportFormat)
	}
	r := &Report{
		Began: head.Began, Took: seconds(head.Seconds), Machine: head.Machine,
		Subject: head.Subject, Command: head.Command, Notes: head.Notes,
	}
	for {
		var line json.RawMessage
		err := lines.Decode(&line)
		switch {
		case errors.Is(err, io.EOF) && len(r.Results) < head.Results:
			return nil, fmt.Errorf("%w: it ends after %d of %d variants", ErrNoReport, len(r.Results), head.Results)
		case errors.Is(err, io.EOF):
			return r, nil
		case err == nil:
			err = r.decodeLine(line)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: after %d of %d variants: %w", ErrNoReport, len(r.Results), head.Results, err)
		}
	}
}

// decodeLine adds what a line says. Lines of other types are for later versions.
func (r *Report) decodeLine(line json.RawMessage) error {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return err
	}
	switch kind.Type {
	case "variant":
		var l resultLine
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		r.Results = append(r.Results, l.result())
	case "advice":
		var l adviceLine
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		r.Advice = append(r.Advice, l.Advice)
	}
	return nil
}

func (l resultLine) result() Result {
	q := l.Latency
	r := Result{
		Name: l.Name, Settings: l.Settings,
		Latency: Quantiles{q.Count, seconds(q.P50), seconds(q.P90), seconds(q.P99), seconds(q.P999)},
	}
	for _, w := range l.Waits {
		r.Waits = append(r.Waits, Wait{w.By, w.For, seconds(w.Seconds)})
	}
	for _, run := range l.Runs {
		r.Runs = append(r.Runs, Run{
			Round: run.Round, Took: seconds(run.Seconds), Bytes: run.Bytes, Items: run.Items,
			CPU: seconds(run.CPU), PeakRSS: run.PeakRSS, Bottleneck: run.Bottleneck,
		})
	}
	for _, m := range l.Moments {
		moment := Moment{At: seconds(m.Seconds), Bytes: m.Bytes, Level: pressure.Level(m.Level)}
		for i, share := range m.Fills[:min(len(m.Fills), len(l.Links))] {
			moment.Fills = append(moment.Fills, Fill{l.Links[i].From, l.Links[i].To, share})
		}
		r.Moments = append(r.Moments, moment)
	}
	return r
}

// seconds is a number of them, to the nanosecond.
func seconds(s float64) time.Duration { return time.Duration(s*1e9 + 0.5) }
