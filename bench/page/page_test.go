package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/page"
)

// report has a variant for each of some chunk sizes and streams, reads and hashes.
func report() *bench.Report {
	r := &bench.Report{
		Began: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Took: time.Minute, Machine: bench.ThisMachine(),
		Subject: "big.img: 1 file, 2 GiB", Command: "penstock bench big.img", Notes: []string{"a note"},
	}
	for i, work := range []string{"read", "hash"} {
		for _, cache := range []string{"warm", "cold"} {
			for j, streams := range []string{"1", "4"} {
				for k, chunk := range []string{"auto", "64K", "1M"} {
					r.Results = append(r.Results, variant(work, cache, streams, chunk, int64(1000+100*(i+j+k))))
				}
			}
		}
	}
	r.Advice = []bench.Advice{{For: "read", Command: "penstock sum -j 4 big.img", Variant: r.Results[5].Name}}
	return r
}

func variant(work, cache, streams, chunk string, bytes int64) bench.Result {
	v := bench.Result{
		Name: fmt.Sprintf("%s %s streams=%s chunk=%s", work, cache, streams, chunk),
		Settings: []bench.Setting{
			{Name: "work", Value: work}, {Name: "cache", Value: cache}, {Name: "streams", Value: streams}, {Name: "chunk", Value: chunk},
		},
		Latency: bench.Quantiles{Count: 9, P50: time.Millisecond, P90: 2 * time.Millisecond, P99: 9 * time.Millisecond, P999: time.Second},
		Waits:   []bench.Wait{{By: "read", For: "checksum", Time: time.Second}},
	}
	for i := range 3 {
		v.Runs = append(v.Runs, bench.Run{Round: i + 1, Took: time.Second, Bytes: bytes + int64(i), CPU: time.Second, PeakRSS: 15 << 20})
	}
	for i := range 100 {
		v.Moments = append(v.Moments, bench.Moment{
			At: time.Duration(i+1) * 10 * time.Millisecond, Bytes: int64(10 * i), Level: 1,
			Fills: []bench.Fill{{From: "read", To: "size", Share: 0.75}, {From: "size", To: "sink", Share: 0.25}},
		})
	}
	return v
}

func write(t *testing.T, p page.Page) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, p.Write(&b))
	return b.String()
}

// The page is one file: nothing in it is fetched from elsewhere, and nothing runs.
func TestPageNeedsNothingElse(t *testing.T) {
	html := write(t, page.Page{Report: report()})
	for _, other := range []string{"http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link", "<iframe", "on" + "load="} {
		require.NotContains(t, html, other)
	}
	for _, wanted := range []string{"prefers-color-scheme: dark", "@media print", `name="viewport"`, `<html lang="en">`, "tabular-nums"} {
		require.Contains(t, html, wanted)
	}
}

// Everything that was measured is in it.
func TestPageShowsEverything(t *testing.T) {
	r := report()
	html := write(t, page.Page{Report: r})
	for _, wanted := range []string{
		"big.img: 1 file, 2 GiB", "a note", "penstock</span> <span>bench</span> <span>big.img", "2 January 2026, 03:04 UTC",
		"72 runs of 24 combinations in 1m0s", "read · warm cache", "hash · cold cache", "4 streams", "read → size", "75 % full",
		"up to LIGHT", "9 ms", "15 MiB", "checksum", r.Machine.Go, "chunk size",
	} {
		require.Contains(t, html, wanted)
	}
	require.Equal(t, 24, strings.Count(html, "<tr><td>")+strings.Count(html, `<tr class="best"><td>`))
	require.Equal(t, 4, strings.Count(html, `<tr class="best">`), "one of each group is the fastest")
	require.Equal(t, 4, strings.Count(html, `aria-label="Throughput over chunk size: `))
	require.Equal(t, 2, strings.Count(html, `aria-label="Percentiles of the time of a chunk: `))
	require.Equal(t, 2, strings.Count(html, `aria-label="What went on in a run: `))
	require.Equal(t, 1, strings.Count(html, `<article class="card">`))
	for _, w := range []string{"read, cold cache", "hash, cold cache"} {
		require.Contains(t, html, "What went on in a run: "+w, "the cold cache is what counts")
	}
}

// Every drawing is XML without what is no number.
func TestPageDrawings(t *testing.T) {
	html := write(t, page.Page{Report: report()})
	drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(html, -1)
	require.Greater(t, len(drawings), 8)
	for _, svg := range drawings {
		require.NotRegexp(t, `NaN|Inf`, svg)
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, svg)
		}
	}
}

// Where the chunk size is always the same it is the streams that are plotted.
func TestPageOfOneChunkSize(t *testing.T) {
	r := &bench.Report{Results: []bench.Result{variant("read", "warm", "1", "auto", 1), variant("read", "warm", "2", "auto", 2)}}
	html := write(t, page.Page{Report: r})
	require.Contains(t, html, "Throughput over files at once: read · warm cache")
	require.Contains(t, html, "files at once</text>")
}

// Variants of somebody's own pipeline need no settings, and the page of nothing is one.
func TestPageOfOtherVariants(t *testing.T) {
	other := variant("", "", "", "", 5)
	other.Name, other.Settings, other.Moments, other.Latency = "my own", nil, nil, bench.Quantiles{}
	html := write(t, page.Page{Report: &bench.Report{Results: []bench.Result{other, {Name: "not measured"}}}})
	require.Contains(t, html, "my own")
	require.NotContains(t, html, "not measured</td>")
	html = write(t, page.Page{Report: &bench.Report{}})
	require.Contains(t, html, "The machine")
	require.NotContains(t, html, "<h2>Throughput")
}

// What others have named is text, whatever it looks like.
func TestPageEscapes(t *testing.T) {
	const hostile = `"><script>alert(1)</script><p title='`
	r := report()
	r.Subject, r.Command, r.Notes = hostile, hostile, []string{hostile}
	r.Advice[0].Command = hostile
	r.Machine.Processor = hostile
	for i := range r.Results {
		r.Results[i].Settings[0].Value, r.Results[i].Settings[2].Value = hostile, hostile
		r.Results[i].Name += hostile
		r.Results[i].Waits = []bench.Wait{{By: "a", For: hostile, Time: 1}}
		r.Results[i].Moments[0].Fills[0].From = hostile
	}
	html := write(t, page.Page{Report: r, Changes: bench.Compare(r, r), Since: hostile})
	require.NotContains(t, html, "<script")
	require.NotContains(t, html, `title='`)
}

func TestPageOfChanges(t *testing.T) {
	before := &bench.Report{Results: []bench.Result{variant("read", "warm", "1", "auto", 1000), variant("read", "warm", "2", "auto", 1000)}}
	after := &bench.Report{Results: []bench.Result{variant("read", "warm", "1", "auto", 500), variant("read", "warm", "2", "auto", 2000)}}
	html := write(t, page.Page{Report: after, Changes: bench.Compare(before, after), Since: "base of yesterday"})
	require.Contains(t, html, "Since base of yesterday")
	require.Contains(t, html, `<td class="slower">−50.0 %</td>`)
	require.Regexp(t, `<td class="faster">\+\d+\.\d %</td>`, strings.ReplaceAll(html, "&#43;", "+"))
}

func TestPageTellsOfAnError(t *testing.T) {
	errFull := errors.New("full")
	require.ErrorIs(t, page.Page{Report: report()}.Write(full{errFull}), errFull)
}

type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }
