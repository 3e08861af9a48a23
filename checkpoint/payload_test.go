package checkpoint_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
)

// framed is the format of frame.go, written once more from its description.
func framed(magic string, version uint32, payload string) []byte {
	b := []byte(magic)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// payloadOfARecord is aRecord in version 1, which every later one must read.
const payloadOfARecord = `{"stream":"a.iso → /mnt/b.iso","job":"nightly","state":"COPYING",` +
	`"source":{"path":"/srv/a.iso","identity":{"device":2049,"inode":71,"size":1000,` +
	`"mod_time":1000000000000000001,"change_time":1000000000000000002}},` +
	`"destination":"/mnt/b.iso",` +
	`"temp":{"path":".penstock-AAAA.tmp","identity":{"device":2050,"inode":18446744073709551615,"size":700,` +
	`"mod_time":1000000000000000003,"change_time":1000000000000000004}},` +
	`"offset":640,"chunk":10,"digests":[{"algorithm":"SHA256","state":"AAH/"},{"algorithm":"BLAKE3","state":null}],` +
	`"time":"2026-03-01T12:00:00.000000007Z"}`

func decode(data []byte) (r checkpoint.Record, err error) {
	err = r.UnmarshalBinary(data)
	return r, err
}

func encode(t require.TestingT, r checkpoint.Record) []byte {
	data, err := r.MarshalBinary()
	require.NoError(t, err)
	return data
}

// The bytes of version 1 stay what they are.
func TestRecordFormat(t *testing.T) {
	data := framed("PENSTREC", 1, payloadOfARecord)
	require.Equal(t, string(data), string(encode(t, aRecord())))
	r, err := decode(data)
	require.NoError(t, err)
	require.Equal(t, aRecord(), r)
}

func TestRecordReturnsAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRecord(t)
		data := encode(t, r)
		require.Equal(t, data, encode(t, r), "one record has one encoding")
		got, err := decode(data)
		require.NoError(t, err)
		require.Equal(t, r, got)
		clear(data)
		require.Equal(t, r, got, "nothing of the bytes is kept")
	})
}

// drawRecord is any record that can be true, with paths of any bytes.
func drawRecord(t *rapid.T) checkpoint.Record {
	text := func(name string) string {
		return rapid.OneOf(rapid.StringN(1, 20, 60), rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 20), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"%", "%25", "a%FFb", "\xff", "\xef\xbf\xbd", "<&>\u2028", "\xed\xa0\x80"})).Draw(t, name)
	}
	identity := func(name string, size int64) checkpoint.Identity {
		return checkpoint.Identity{
			Device: rapid.Uint64().Draw(t, name+" device"), Inode: rapid.Uint64().Draw(t, name+" inode"), Size: size,
			ModTime: rapid.Int64().Draw(t, name+" mtime"), ChangeTime: rapid.Int64().Draw(t, name+" ctime"),
		}
	}
	size := rapid.Int64Range(0, math.MaxInt64).Draw(t, "size")
	r := checkpoint.Record{
		Stream: text("stream"), Job: rapid.SampledFrom([]string{"", "j", "\xff"}).Draw(t, "job"),
		State:       checkpoint.State(rapid.IntRange(0, 3).Draw(t, "state")),
		Source:      checkpoint.File{Path: text("source"), Identity: identity("source", size)},
		Destination: text("destination"), Chunk: rapid.Int64Range(0, math.MaxInt64).Draw(t, "chunk"),
		Time: time.Unix(rapid.Int64Range(0, 1<<37).Draw(t, "time"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC(),
	}
	r.Offset = size
	if r.State == checkpoint.Copying {
		r.Offset = rapid.Int64Range(0, size).Draw(t, "offset")
	}
	written := r.Offset
	if r.State == checkpoint.Copying {
		written = rapid.Int64Range(r.Offset, math.MaxInt64).Draw(t, "written")
	}
	r.Temp = checkpoint.File{Path: strings.NewReplacer("/", "", "\\", "", "\x00", "").Replace(text("temp")) + "t", Identity: identity("temp", written)}
	for _, algorithm := range []string{"SHA256", "BLAKE3", "é"} {
		if rapid.Bool().Draw(t, algorithm) {
			state := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "state of "+algorithm)
			r.Digests = append(r.Digests, checkpoint.DigestState{Algorithm: algorithm, State: state})
		}
	}
	return r
}

// A record that was cut anywhere, or of which any bit was flipped, is damaged, and
// says nothing.
func TestRecordDamaged(t *testing.T) {
	good := encode(t, aRecord())
	require.Greater(t, len(good), 500)
	before := reached(checkpoint.Done)
	refuses := func(data []byte, what string, at int) {
		r := before
		require.ErrorIs(t, r.UnmarshalBinary(data), checkpoint.ErrCorrupt, "%s %d", what, at)
		require.Equal(t, before, r, "%s %d", what, at)
	}
	for n := range good {
		refuses(good[:n], "cut to", n)
		refuses(good[n+1:], "without the first", n+1)
	}
	data := make([]byte, len(good))
	for bit := range 8 * len(good) {
		copy(data, good)
		data[bit/8] ^= 1 << (bit % 8)
		refuses(data, "bit", bit)
	}
	refuses(append(append([]byte(nil), good...), 0), "longer by", 1)
	refuses(append(append([]byte(nil), good...), good...), "twice", 2)
	refuses(make([]byte, len(good)), "zeros", len(good))
}

// What is whole may still not be used.
func TestRecordRefused(t *testing.T) {
	with := func(old, changed string) []byte {
		require.Contains(t, payloadOfARecord, old)
		return framed("PENSTREC", 1, strings.Replace(payloadOfARecord, old, changed, 1))
	}
	for name, test := range map[string]struct {
		data []byte
		want error
		line string
	}{
		"empty":           {nil, checkpoint.ErrCorrupt, "checkpoint: damaged: 0 bytes are too few for any"},
		"another kind":    {framed("PENSTJNL", 1, payloadOfARecord), checkpoint.ErrCorrupt, "checkpoint: damaged: it does not begin with PENSTREC"},
		"later version":   {framed("PENSTREC", 2, payloadOfARecord), checkpoint.ErrVersion, "checkpoint: of a later version: 2, and this is written for 1"},
		"later in all":    {framed("PENSTREC", 1<<31, "\x00"), checkpoint.ErrVersion, "checkpoint: of a later version: 2147483648, and this is written for 1"},
		"no version":      {framed("PENSTREC", 0, payloadOfARecord), checkpoint.ErrCorrupt, "checkpoint: damaged: there is no version 0"},
		"too large":       {make([]byte, checkpoint.MaxSize+1), checkpoint.ErrTooLarge, "checkpoint: too large: 1048577 bytes, and it may have 1048576"},
		"no JSON":         {framed("PENSTREC", 1, "{"), checkpoint.ErrCorrupt, "checkpoint: damaged: unexpected end of JSON input"},
		"two JSONs":       {framed("PENSTREC", 1, payloadOfARecord+"{}"), checkpoint.ErrCorrupt, "checkpoint: damaged: invalid character '{' after top-level value"},
		"unknown state":   {with("COPYING", "PAUSED"), checkpoint.ErrCorrupt, "checkpoint: damaged: the state is State(-1)"},
		"no state":        {with(`"state":"COPYING",`, ""), checkpoint.ErrCorrupt, "checkpoint: damaged: the state is State(-1)"},
		"cannot be true":  {with(`"offset":640`, `"offset":701`), checkpoint.ErrCorrupt, "checkpoint: damaged: the offset is 701, and the temporary file has 700 bytes"},
		"leads elsewhere": {with(".penstock-AAAA.tmp", "../etc/x"), checkpoint.ErrCorrupt, `checkpoint: damaged: temporary file "../etc/x": want a name without a directory`},
		"bad escape":      {with("/srv/a.iso", "/srv/a%G0"), checkpoint.ErrCorrupt, `checkpoint: damaged: "G0" after %: want two digits`},
		"cut escape":      {with("/srv/a.iso", "/srv/a%2"), checkpoint.ErrCorrupt, `checkpoint: damaged: "/srv/a%2" ends in %`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(test.data)
			require.EqualError(t, err, test.line)
			require.ErrorIs(t, err, test.want)
			require.ErrorIs(t, err, checkpoint.ErrUnusable)
			for _, other := range []error{checkpoint.ErrCorrupt, checkpoint.ErrVersion, checkpoint.ErrTooLarge} {
				require.Equal(t, errors.Is(test.want, other), errors.Is(err, other))
			}
		})
	}
}

// A field that a later release adds, without another version, is passed over.
func TestRecordWithMore(t *testing.T) {
	r, err := decode(framed("PENSTREC", 1, `{"upload":{"id":"7","parts":[1,2]},`+payloadOfARecord[1:]))
	require.NoError(t, err)
	require.Equal(t, aRecord(), r)
}

func TestRecordTooLarge(t *testing.T) {
	r := aRecord()
	r.Digests[0].State = make([]byte, 700<<10)
	require.LessOrEqual(t, len(encode(t, r)), checkpoint.MaxSize)
	r.Digests[0].State = make([]byte, 800<<10)
	_, err := r.MarshalBinary()
	require.ErrorIs(t, err, checkpoint.ErrTooLarge)
}

// Whatever is decoded can be encoded, and then decodes to the same.
func FuzzRecord(f *testing.F) {
	f.Add(encode(f, aRecord()))
	f.Add(encode(f, reached(checkpoint.Done)))
	f.Add([]byte(payloadOfARecord))
	f.Add([]byte(`{"stream":"%25%FF"}`))
	f.Add(framed("PENSTREC", 2, ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, framed("PENSTREC", 1, string(data))} {
			r, err := decode(data)
			if err != nil {
				require.ErrorIs(t, err, checkpoint.ErrUnusable)
				require.Zero(t, r)
				continue
			}
			if r.Destination != "" {
				require.LessOrEqual(t, r.Offset, r.Temp.Identity.Size)
			}
			again, err := decode(encode(t, r))
			require.NoError(t, err)
			require.Equal(t, r, again)
		}
	})
}
