package checkpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
)

// aRecord is of a stream in the middle of its file.
func aRecord() checkpoint.Record {
	return checkpoint.Record{
		Stream: "a.iso → /mnt/b.iso",
		Job:    "nightly",
		State:  checkpoint.Copying,
		Source: checkpoint.File{
			Path:     "/srv/a.iso",
			Identity: checkpoint.Identity{Device: 2049, Inode: 71, Size: 1000, ModTime: 1e18 + 1, ChangeTime: 1e18 + 2},
		},
		Destination: "/mnt/b.iso",
		Temp: checkpoint.File{
			Path:     ".penstock-AAAA.tmp",
			Identity: checkpoint.Identity{Device: 2050, Inode: 1<<64 - 1, Size: 700, ModTime: 1e18 + 3, ChangeTime: 1e18 + 4},
		},
		Offset:  640,
		Chunk:   10,
		Digests: []checkpoint.DigestState{{Algorithm: "SHA256", State: []byte{0, 1, 0xff}}, {Algorithm: "BLAKE3", State: nil}},
		Time:    time.Date(2026, 3, 1, 12, 0, 0, 7, time.UTC),
	}
}

// reached is the record of a stream that has come to a state.
func reached(state checkpoint.State) checkpoint.Record {
	r := aRecord()
	r.State = state
	if state > checkpoint.Copying {
		r.Offset, r.Temp.Identity.Size = r.Source.Identity.Size, r.Source.Identity.Size
	}
	return r
}

// digestsAlone is the record of a stream that is only hashed.
func digestsAlone() checkpoint.Record {
	r := aRecord()
	r.Destination, r.Temp = "", checkpoint.File{}
	return r
}

func TestRecordOfDigestsAlone(t *testing.T) {
	want := digestsAlone()
	data, err := want.MarshalBinary()
	require.NoError(t, err)
	var got checkpoint.Record
	require.NoError(t, got.UnmarshalBinary(data))
	require.Equal(t, want.Offset, got.Offset)
	require.Equal(t, want.Source, got.Source)
	require.Empty(t, got.Destination)
	require.Zero(t, got.Temp)
}

func TestStateString(t *testing.T) {
	require.Equal(t, []string{"COPYING", "SYNCED", "RENAMED", "DONE", "State(4)", "State(-1)"}, []string{
		checkpoint.Copying.String(), checkpoint.Synced.String(), checkpoint.Renamed.String(), checkpoint.Done.String(),
		checkpoint.State(4).String(), checkpoint.State(-1).String(),
	})
}

// What cannot be true is never written down.
func TestRecordThatCannotBeTrue(t *testing.T) {
	for name, test := range map[string]struct {
		state  checkpoint.State
		change func(*checkpoint.Record)
		want   string
	}{
		"no stream":        {0, func(r *checkpoint.Record) { r.Stream = "" }, "id of the stream is 0 bytes long: want 1 to 4096"},
		"long stream":      {0, func(r *checkpoint.Record) { r.Stream = strings.Repeat("x", 4097) }, "id of the stream is 4097 bytes long"},
		"long job":         {0, func(r *checkpoint.Record) { r.Job = strings.Repeat("x", 4097) }, "id of the job is 4097 bytes long: want 0"},
		"state":            {0, func(r *checkpoint.Record) { r.State = 4 }, "the state is State(4)"},
		"no source":        {0, func(r *checkpoint.Record) { r.Source.Path = "" }, "the source has no path"},
		"no destination":   {0, func(r *checkpoint.Record) { r.Destination = "" }, "there is no destination"},
		"no temp":          {0, func(r *checkpoint.Record) { r.Temp.Path = "" }, `temporary file ""`},
		"temp elsewhere":   {0, func(r *checkpoint.Record) { r.Temp.Path = "../x" }, `temporary file "../x": want a name without`},
		"temp below":       {0, func(r *checkpoint.Record) { r.Temp.Path = "x/y" }, `temporary file "x/y"`},
		"temp on windows":  {0, func(r *checkpoint.Record) { r.Temp.Path = `x\y` }, `temporary file "x\\y"`},
		"temp above":       {0, func(r *checkpoint.Record) { r.Temp.Path = ".." }, `temporary file ".."`},
		"temp here":        {0, func(r *checkpoint.Record) { r.Temp.Path = "." }, `temporary file "."`},
		"temp with NUL":    {0, func(r *checkpoint.Record) { r.Temp.Path = "x\x00" }, `temporary file "x\x00"`},
		"negative offset":  {0, func(r *checkpoint.Record) { r.Offset = -1 }, "the offset is -1, and the source has 1000"},
		"offset behind":    {0, func(r *checkpoint.Record) { r.Offset, r.Temp.Identity.Size = 1001, 2000 }, "the offset is 1001, and the source has 1000"},
		"ahead of data":    {0, func(r *checkpoint.Record) { r.Offset = 701 }, "the offset is 701, and the temporary file has 700"},
		"negative chunk":   {0, func(r *checkpoint.Record) { r.Chunk = -1 }, "the chunk is number -1"},
		"half synced":      {1, func(r *checkpoint.Record) { r.Offset = 999 }, "the state is SYNCED, and 999 of 1000 bytes are in a file of 1000"},
		"more synced":      {1, func(r *checkpoint.Record) { r.Temp.Identity.Size = 1001 }, "1000 of 1000 bytes are in a file of 1001"},
		"half renamed":     {2, func(r *checkpoint.Record) { r.Offset = 999 }, "the state is RENAMED"},
		"half done":        {3, func(r *checkpoint.Record) { r.Offset = 999 }, "the state is DONE"},
		"nameless digest":  {0, func(r *checkpoint.Record) { r.Digests[0].Algorithm = "" }, `algorithm "": want a name in UTF-8`},
		"digest of bytes":  {0, func(r *checkpoint.Record) { r.Digests[0].Algorithm = "\xff" }, `algorithm "\xff": want`},
		"digest twice":     {0, func(r *checkpoint.Record) { r.Digests[1].Algorithm = "SHA256" }, "digest SHA256 is there twice"},
		"no time":          {0, func(r *checkpoint.Record) { r.Time = time.Time{} }, "there is no time"},
		"time of nobody":   {0, func(r *checkpoint.Record) { r.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "year outside"},
		"digests and more": {1, func(r *checkpoint.Record) { r.Destination, r.Temp = "", checkpoint.File{} }, "the state is SYNCED, and nothing is written"},
		"only a temp":      {0, func(r *checkpoint.Record) { r.Destination = "" }, "there is no destination"},
		"only a place":     {0, func(r *checkpoint.Record) { r.Temp = checkpoint.File{} }, `temporary file ""`},
		"several at once":  {0, func(r *checkpoint.Record) { r.Destination, r.Chunk = "", -1 }, "there is no destination"},
		"several, another": {0, func(r *checkpoint.Record) { r.Destination, r.Chunk = "", -1 }, "the chunk is number -1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := reached(test.state)
			_, err := r.MarshalBinary()
			require.NoError(t, err)
			test.change(&r)
			_, err = r.MarshalBinary()
			require.ErrorContains(t, err, test.want)
		})
	}
}
