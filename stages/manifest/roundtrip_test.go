package manifest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// Bytes that mean something to some form, and some that mean nothing to any.
var nameParts = []string{
	"\\", "\n", "\r", "\r\n", "n", "r", " ", "*", "-", "./", "#", "%%%% ", "{", "(", ")", ") = ", "=", ",", "\"", "\t",
	"\x01", "\x1b", "\x7f", "\u0085", "\u2028", "\ufffd", "\ufeff", "é", "😀", "\xff", "\xc3", "\xed\xa0\x80", "a",
}

func names() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Just("-"),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(nameParts), 1, 12), func(p []string) string { return strings.Join(p, "") }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	)
}

func writerOptions() *rapid.Generator[manifest.WriterOptions] {
	return rapid.Custom(func(t *rapid.T) manifest.WriterOptions {
		var o manifest.WriterOptions
		o.Format = rapid.SampledFrom([]manifest.Format{manifest.GNU, manifest.BSD, manifest.Hashdeep, manifest.JSON}).Draw(t, "format")
		most := len(digest.All())
		switch o.Format {
		case manifest.GNU:
			most = 1
			o.Zero = rapid.Bool().Draw(t, "zero")
		case manifest.BSD:
			o.Zero = rapid.Bool().Draw(t, "zero")
		case manifest.Hashdeep:
			o.Comment = rapid.String().Draw(t, "comment")
		case manifest.JSON:
		}
		o.Algorithms = rapid.SliceOfNDistinct(rapid.SampledFrom(digest.All()), 1, most, rapid.ID).Draw(t, "algorithms")
		return o
	})
}

func entries(o manifest.WriterOptions) *rapid.Generator[manifest.Entry] {
	return rapid.Custom(func(t *rapid.T) manifest.Entry {
		e := manifest.Entry{Name: names().Draw(t, "name"), Size: -1}
		e.Stdin = e.Name == "-" && rapid.Bool().Draw(t, "stdin")
		if o.Format == manifest.Hashdeep || o.Format == manifest.JSON && rapid.Bool().Draw(t, "sized") {
			e.Size = rapid.Int64Min(0).Draw(t, "size")
		}
		for _, a := range o.Algorithms {
			value := rapid.SliceOfN(rapid.Byte(), a.Size(), a.Size()).Draw(t, "digest")
			e.Sums = append(e.Sums, manifest.Sum{Algorithm: a, Value: value})
		}
		return e
	})
}

// carries is FORMATS.md's word on which names a form can hold.
func carries(f manifest.Format, name string) bool {
	return name != "" && !strings.Contains(name, "\x00") && (f != manifest.Hashdeep || !strings.ContainsAny(name, "\n\r"))
}

// roundTrip writes the entries that can be written, and reads them back from
// the list in every disguise that a list may come in.
func roundTrip(t require.TestingT, o manifest.WriterOptions, list []manifest.Entry) {
	var text bytes.Buffer
	w, err := manifest.NewWriter(&text, o)
	require.NoError(t, err)
	var want []manifest.Entry
	for _, e := range list {
		err := w.Write(e)
		if !carries(o.Format, e.Name) {
			require.ErrorAs(t, err, new(*manifest.NameError))
			continue
		}
		require.NoError(t, err)
		if e.Name == "-" && !e.Stdin {
			e.Name = "./-"
		}
		want = append(want, e)
	}
	require.NoError(t, w.Flush())

	told := manifest.ReaderOptions{Algorithm: o.Algorithms[0], Zero: o.Zero}
	requireEntries(t, want, text.String(), told)
	requireEntries(t, want, "\uFEFF"+text.String(), told)
	if !o.Zero {
		requireEntries(t, want, strings.ReplaceAll(text.String(), "\n", "\r\n"), told)
		requireEntries(t, want, strings.TrimSuffix(text.String(), "\n"), told)
	}
}

func requireEntries(t require.TestingT, want []manifest.Entry, list string, options manifest.ReaderOptions) {
	var got []manifest.Entry
	line := 0
	for e, err := range manifest.NewReader(strings.NewReader(list), options).Entries() {
		require.NoError(t, err, "%q", list)
		require.Greater(t, e.Line, line)
		line, e.Line = e.Line, 0
		got = append(got, e)
	}
	require.Equal(t, want, got, "%q", list)
}

func TestEveryListReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := writerOptions().Draw(t, "options")
		roundTrip(t, o, rapid.SliceOfN(entries(o), 0, 8).Draw(t, "entries"))
	})
}

func FuzzRoundTrip(f *testing.F) {
	for i, part := range nameParts {
		f.Add(part, int64(i), uint8(i), i%2 == 0)
	}
	f.Add("-", int64(5), uint8(0), false)
	f.Add("n\n"+helloSHA256+"  other", int64(5), uint8(0), true)
	f.Fuzz(func(t *testing.T, name string, size int64, format uint8, zero bool) {
		o := manifest.WriterOptions{Format: manifest.Format(format % 4), Algorithms: []digest.Algorithm{digest.SHA256}}
		o.Zero = zero && (o.Format == manifest.GNU || o.Format == manifest.BSD)
		if len(name) > 10<<10 {
			t.Skip("may outgrow a line once escaped")
		}
		e := hello(name, digest.SHA256)
		e.Size = -1
		if o.Format == manifest.Hashdeep || o.Format == manifest.JSON {
			e.Size = max(size, 0)
		}
		roundTrip(t, o, []manifest.Entry{e, e})
	})
}
