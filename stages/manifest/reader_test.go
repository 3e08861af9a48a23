package manifest_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// Digests of "hello".
const (
	helloSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	helloSHA1   = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
	helloMD5    = "5d41402abc4b2a76b9719d911017c592"
	helloXXH3   = "9555e8555c62dcfd"
	helloXXH64  = "26c7827d889f6da3"
	helloXXH128 = "b5e9c1ad071b3e7fc779cfaa5e523818"
	helloCRC32C = "9a71bb4c"
	helloB2     = "e4cfa39a3d37be31c59609e807970799caa68a19bfaa15135f165085e01d41a6" +
		"5ba1e1b146aeb6bd0092b49eac214c103ccfa3a365954bbbe52f74a2b3620c94"
)

// show returns an entry in one line, as in "name|size|sha256:HEX md5:HEX". An
// algorithm that the list does not name is a question mark.
func show(e manifest.Entry) string {
	sums := make([]string, len(e.Sums))
	for i, s := range e.Sums {
		name := "?"
		if s.Algorithm != 0 {
			name = s.Algorithm.String()
		}
		sums[i] = name + ":" + hex.EncodeToString(s.Value)
	}
	return fmt.Sprintf("%s|%d|%s", e.Name, e.Size, strings.Join(sums, " "))
}

// read returns a list's entries and its errors, each in a line.
func read(t *testing.T, list string, options manifest.ReaderOptions) (entries, faults []string) {
	t.Helper()
	for e, err := range manifest.NewReader(strings.NewReader(list), options).Entries() {
		if err != nil {
			require.Equal(t, manifest.Entry{}, e, "an entry beside an error")
			_, isLine := errors.AsType[*manifest.LineError](err)
			require.True(t, isLine, "%v", err)
			faults = append(faults, err.Error())
			continue
		}
		require.NotEmpty(t, e.Name)
		require.NotEmpty(t, e.Sums)
		require.Positive(t, e.Line)
		require.Equal(t, e.Name == "-", e.Stdin)
		entries = append(entries, show(e))
	}
	return entries, faults
}

// lineCase is a list and what is read from it.
type lineCase struct {
	name    string
	list    string
	options manifest.ReaderOptions
	entries []string
	faults  []string
}

func runCases(t *testing.T, cases []lineCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			entries, faults := read(t, c.list, c.options)
			require.Equal(t, c.entries, entries)
			require.Equal(t, c.faults, faults)
		})
	}
}

func TestReaderPassesOverWhatSaysNothing(t *testing.T) {
	line := helloSHA256 + "  a"
	entry := []string{"a|-1|?:" + helloSHA256}
	runCases(t, []lineCase{
		{name: "empty list"},
		{name: "newlines only", list: "\n\n\n"},
		{name: "byte order mark only", list: "\uFEFF"},
		{name: "comments", list: "# one\n#two\n" + line + "\n#three", entries: entry},
		{name: "blank lines", list: "\n  \n\t\n" + line + "\n\n", entries: entry},
		{name: "no newline at the end", list: line, entries: entry},
		{name: "CRLF", list: line + "\r\n\r\n" + helloSHA256 + "  b\r\n", entries: append(entry, "b|-1|?:"+helloSHA256)},
		{name: "byte order mark", list: "\uFEFF" + line + "\n", entries: entry},
		{
			name:   "byte order mark on the second line",
			list:   "\n\uFEFF" + line + "\n",
			faults: []string{"line 2: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"},
		},
		{name: "leading blanks", list: " \t" + line + "\n", entries: entry},
	})
}

func TestReaderGoesOnAfterABadLine(t *testing.T) {
	good := helloSHA256 + "  a\n"
	entry := "a|-1|?:" + helloSHA256
	cases := []struct{ name, bad, fault string }{
		{"text", "hello world", "not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"},
		{"digit missing", helloSHA256[1:] + "  b", "digest of 63 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"},
		{"two digits missing", helloSHA256[2:] + "  b", "digest of 62 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"},
		{"digit too many", helloSHA256 + "0  b", "digest of 65 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"},
		{"longer than any", strings.Repeat("0", 1000) + "  b", "digest of 1000 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"},
		{"no hex digit", "g" + helloSHA256[1:] + "  b", `digest holds "g", which is no hex digit; expected 0 to 9 and a to f`},
		{"no name", helloSHA256, "no name after the digest; expected two blanks and a name"},
		{"one blank and no name", helloSHA256 + " ", "no name after the digest; expected two blanks and a name"},
		{"two blanks and no name", helloSHA256 + "  ", "no name after the digest; expected two blanks and a name"},
		{"mark and no name", helloSHA256 + " *", "no name after the digest; expected two blanks and a name"},
		{"NUL in the name", helloSHA256 + "  b\x00c", "a NUL byte, which no name holds"},
		{"NUL first", "\x00", "a NUL byte, which no name holds"},
		{"garbage", "\x7fELF\x02\x01\xff\xfe\x00\x00", "a NUL byte, which no name holds"},
		{"garbage without NUL", "\x89PNG\x1a\xff", "not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"},
		{"too long", helloSHA256 + "  " + strings.Repeat("b", manifest.MaxLine), "longer than 65536 bytes"},
		{"far too long", strings.Repeat("b", 3*manifest.MaxLine), "longer than 65536 bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			entries, faults := read(t, good+c.bad+"\n"+good, manifest.ReaderOptions{})
			require.Equal(t, []string{entry, entry}, entries)
			require.Equal(t, []string{"line 2: " + c.fault}, faults)

			entries, faults = read(t, c.bad, manifest.ReaderOptions{})
			require.Empty(t, entries, "alone and without a newline")
			require.Equal(t, []string{"line 1: " + c.fault}, faults)
		})
	}
}

func TestReaderNamesTheAlgorithmItWasTold(t *testing.T) {
	sha256 := manifest.ReaderOptions{Algorithm: digest.SHA256}
	runCases(t, []lineCase{
		{
			name: "wrong length", options: sha256,
			list:   helloSHA256[1:] + "  a\n" + helloMD5 + "  b\n",
			faults: []string{"line 1: digest of 63 hex digits; sha256 has 64", "line 2: digest of 32 hex digits; sha256 has 64"},
		},
		{
			name: "right length", options: sha256,
			list: helloSHA256 + "  a\n", entries: []string{"a|-1|sha256:" + helloSHA256},
		},
		{
			name: "a line that names another keeps it", options: sha256,
			list: "MD5 (a) = " + helloMD5 + "\n", entries: []string{"a|-1|md5:" + helloMD5},
		},
	})
}

func TestReaderYieldsInTheListsOrder(t *testing.T) {
	list := "SHA256 (a) = " + helloSHA256 + "\n?\nMD5 (a) = " + helloMD5 + "\n" + helloSHA256 + "  c\n?"
	var order []string
	for e, err := range manifest.NewReader(strings.NewReader(list), manifest.ReaderOptions{}).Entries() {
		if err != nil {
			order = append(order, err.Error()[:6])
			continue
		}
		order = append(order, fmt.Sprintf("%s at %d", e.Name, e.Line))
	}
	require.Equal(t, []string{"a at 1", "line 2", "a at 3", "c at 4", "line 5"}, order)
}

func TestReaderGivesCandidatesByLength(t *testing.T) {
	for _, text := range []string{helloSHA256, helloB2, helloSHA1, helloMD5, helloXXH3, helloCRC32C} {
		t.Run(fmt.Sprint(len(text)), func(t *testing.T) {
			var got manifest.Entry
			for e, err := range manifest.NewReader(strings.NewReader(text+"  a"), manifest.ReaderOptions{}).Entries() {
				require.NoError(t, err)
				got = e
			}
			want := digest.BySize(len(text) / 2)
			require.Len(t, got.Sums, 1)
			if len(want) == 1 {
				require.Equal(t, want[0], got.Sums[0].Algorithm)
				require.Nil(t, got.Candidates)
				return
			}
			require.Zero(t, got.Sums[0].Algorithm)
			require.Equal(t, want, got.Candidates)
		})
	}
}

func TestReaderEndsWithTheListsError(t *testing.T) {
	broken := errors.New("medium is gone")
	good := helloSHA256 + "  a\n"
	lists := map[string]string{
		"at once":              "",
		"between lines":        good,
		"within a line":        good + helloSHA256,
		"within a long line":   good + strings.Repeat("b", 2*manifest.MaxLine),
		"while an entry waits": good + "MD5 (b) = " + helloMD5 + "\n",
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			src := io.MultiReader(strings.NewReader(list), iotest.ErrReader(broken))
			var errs []error
			entries := 0
			for _, err := range manifest.NewReader(src, manifest.ReaderOptions{}).Entries() {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				entries++
			}
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], broken)
			require.NotErrorAs(t, errs[0], new(*manifest.LineError))
			require.Equal(t, strings.Count(list, "\n"), entries, "every whole line stands before the error")
		})
	}
}

// A reader that fails once and then goes on would otherwise lose a piece of the
// list without a word.
func TestReaderNeverReadsOnAfterAnError(t *testing.T) {
	list := strings.Repeat(helloSHA256+"  a\n", 3)
	src := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(list)))
	var last error
	entries := 0
	for _, err := range manifest.NewReader(src, manifest.ReaderOptions{}).Entries() {
		require.NoError(t, last)
		if last = err; err == nil {
			entries++
		}
	}
	require.ErrorIs(t, last, iotest.ErrTimeout)
	require.Zero(t, entries)
}

func TestReaderDoesNotDependOnHowTheListArrives(t *testing.T) {
	lists := map[string]string{
		"newlines": "\uFEFF" + helloSHA256 + "  a\r\nMD5 (b) = " + helloMD5 + "\n?\n" + helloSHA256 + "  c",
		"NULs":     helloSHA256 + "  a\nb\x00" + helloSHA256 + "  c\x00",
		"too long": helloSHA256 + "  a\n" + strings.Repeat("b", 2*manifest.MaxLine) + "\n" + helloSHA256 + "  c\n",
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			entries, faults := read(t, list, manifest.ReaderOptions{})
			for shape, src := range map[string]io.Reader{
				"a byte at a time": iotest.OneByteReader(strings.NewReader(list)),
				"by halves":        iotest.HalfReader(strings.NewReader(list)),
				"data with EOF":    iotest.DataErrReader(strings.NewReader(list)),
			} {
				var gotEntries, gotFaults []string
				for e, err := range manifest.NewReader(src, manifest.ReaderOptions{}).Entries() {
					if err != nil {
						gotFaults = append(gotFaults, err.Error())
						continue
					}
					gotEntries = append(gotEntries, show(e))
				}
				require.Equal(t, entries, gotEntries, shape)
				require.Equal(t, faults, gotFaults, shape)
			}
		})
	}
}

func TestReaderStopsWhenItsConsumerDoes(t *testing.T) {
	list := "MD5 (a) = " + helloMD5 + "\n?\n" + helloSHA256 + "  c\n" + helloSHA256 + "  d\n"
	for most := 1; most <= 4; most++ {
		got := 0
		for e, err := range manifest.NewReader(strings.NewReader(list), manifest.ReaderOptions{}).Entries() {
			require.Equal(t, err != nil, e.Name == "")
			if got++; got == most {
				break
			}
		}
		require.Equal(t, most, got)
	}
}

// An entry outlives the line it was read from.
func TestReaderEntriesAreTheCallers(t *testing.T) {
	var list strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&list, "%064x  name%d\n", i, i)
	}
	var all []manifest.Entry
	for e, err := range manifest.NewReader(strings.NewReader(list.String()), manifest.ReaderOptions{}).Entries() {
		require.NoError(t, err)
		all = append(all, e)
	}
	for i, e := range all {
		require.Equal(t, fmt.Sprintf("name%d|-1|?:%064x", i, i), show(e))
	}
}

// repeated is a list of n lines that is nowhere in memory.
type repeated struct {
	line string
	n    int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.line
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestReaderMemoryDoesNotGrowWithTheList(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a million lines")
	}
	const lines, most = 1_000_000, 384 << 10
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	src := &repeated{line: helloSHA256 + "  some/folder/with a file.txt\n", n: lines}
	for _, err := range manifest.NewReader(src, manifest.ReaderOptions{}).Entries() {
		if err != nil {
			require.NoError(t, err)
		}
		if n++; n%(lines/4) == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(most), "after %d lines", n)
		}
	}
	require.Equal(t, lines, n)
}

func BenchmarkReader(b *testing.B) {
	for _, f := range []manifest.Format{manifest.GNU, manifest.BSD, manifest.Hashdeep, manifest.JSON} {
		b.Run(f.String(), func(b *testing.B) {
			const lines = 10_000
			var list strings.Builder
			w, err := manifest.NewWriter(&list, manifest.WriterOptions{Format: f})
			require.NoError(b, err)
			for i := range lines {
				require.NoError(b, w.Write(hello(fmt.Sprintf("some/folder/with a file %d.txt", i), digest.SHA256)))
			}
			require.NoError(b, w.Flush())
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range manifest.NewReader(strings.NewReader(list.String()), manifest.ReaderOptions{}).Entries() {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*lines)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
