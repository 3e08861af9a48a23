package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// jsonReport prints what a copy does as one JSON object a line, each with a type.
type jsonReport struct{ out io.Writer }

// jsonFile is what became of one thing that was met.
type jsonFile struct {
	Type    string            `json:"type"` // "file", "directory" or "link"
	Source  string            `json:"source"`
	Source8 []byte            `json:"source_base64,omitempty"` // where the name is not UTF-8
	Copy    string            `json:"copy"`
	Copy8   []byte            `json:"copy_base64,omitempty"` // likewise
	Outcome string            `json:"outcome"`
	Size    int64             `json:"size_bytes"`
	Resumed int64             `json:"resumed_at_bytes,omitempty"`
	Digests map[string]string `json:"digests,omitempty"`
	Lost    string            `json:"lost,omitempty"`
	Error   string            `json:"error,omitempty"`
}

var kindNames = map[batch.Kind]string{
	batch.RegularFile: "file", batch.Directory: "directory", batch.Leave: "directory", batch.SymbolicLink: "link",
}

var outcomeNames = map[batch.Outcome]string{
	batch.Copied: "copied", batch.UpToDate: "up to date", batch.Known: "done before", batch.Linked: "linked", batch.Made: "made",
}

func (j *jsonReport) file(r batch.CopyResult, algorithms []digest.Algorithm) error {
	if r.Kind == batch.Leave && r.Err == nil {
		return nil // it was told when it was made
	}
	f := jsonFile{
		Type: kindNames[r.Kind], Source: r.Path, Copy: r.Name, Outcome: outcomeNames[r.Outcome], Size: r.Size, Resumed: r.Resumed,
	}
	if r.Lost != nil {
		f.Lost = r.Lost.Error()
	}
	if r.Err != nil {
		f.Outcome, f.Error = "failed", reason(r.Err).Error()
	}
	for i, sum := range r.Sums {
		if f.Digests == nil {
			f.Digests = map[string]string{}
		}
		f.Digests[algorithms[i].String()] = hex.EncodeToString(sum)
	}
	return j.print(f)
}

// print adds what its names lack that are not UTF-8.
func (j *jsonReport) print(f jsonFile) error {
	if !utf8.ValidString(f.Source) {
		f.Source8 = []byte(f.Source)
	}
	if !utf8.ValidString(f.Copy) {
		f.Copy8 = []byte(f.Copy)
	}
	return json.NewEncoder(j.out).Encode(f)
}

// planned prints what a dry run would copy.
func (j *jsonReport) planned(f batch.File, name string, size int64) error {
	return j.print(jsonFile{Type: kindNames[f.Kind], Source: f.Path, Copy: name, Outcome: "would copy", Size: size})
}

// jsonMetrics is the last line: what was counted and measured of the whole run.
type jsonMetrics struct {
	Type     string  `json:"type"` // "metrics"
	Seconds  float64 `json:"seconds"`
	UpToDate int     `json:"files_up_to_date"`
	Known    int     `json:"files_done_before"`

	Bytes       int64   `json:"total_bytes_streamed"`
	Throughput  float64 `json:"average_throughput_bytes_per_second"`
	PeakMemory  int64   `json:"peak_memory_usage_bytes"`
	ChunkTime   float64 `json:"average_chunk_processing_time_seconds"`
	Succeeded   int64   `json:"stream_success_count"`
	Failed      int64   `json:"stream_failure_count"`
	Recoveries  int64   `json:"recovery_attempts"`
	Recovered   int64   `json:"recovery_successes"`
	Active      int     `json:"active_streams"`
	Level       float64 `json:"average_backpressure_level"`
	Cleanups    int64   `json:"cleanup_operations_performed"`
	BytesReread int64   `json:"bytes_read_back"`
}

func (j *jsonReport) metrics(m stages.Metrics, c copyCount, work *batch.Copying, took time.Duration) error {
	return json.NewEncoder(j.out).Encode(jsonMetrics{
		Type: "metrics", Seconds: took.Seconds(), UpToDate: c.upToDate, Known: c.known,
		Bytes: work.Arrived.Load(), Throughput: float64(work.Arrived.Load()) / max(took.Seconds(), 1e-9),
		PeakMemory: m.PeakMemory, ChunkTime: m.ChunkTime.Seconds(),
		Succeeded: int64(c.copied), Failed: int64(c.failed),
		Recoveries: m.Recoveries, Recovered: m.Recovered, Active: m.Active, Level: m.Level,
		Cleanups: m.Cleanups + work.Scope.Stats().Releases, BytesReread: work.Reread.Load(),
	})
}
