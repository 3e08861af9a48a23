package manifest_test

import (
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

var hellos = map[digest.Algorithm]string{
	digest.SHA256: helloSHA256, digest.MD5: helloMD5, digest.SHA1: helloSHA1, digest.BLAKE2b: helloB2,
	digest.XXH3: helloXXH3, digest.XXH64: helloXXH64, digest.XXH128: helloXXH128, digest.CRC32C: helloCRC32C,
}

// hello is the entry of a file that holds "hello".
func hello(name string, algorithms ...digest.Algorithm) manifest.Entry {
	e := manifest.Entry{Name: name, Size: 5}
	for _, a := range algorithms {
		value, _ := hex.DecodeString(hellos[a])
		e.Sums = append(e.Sums, manifest.Sum{Algorithm: a, Value: value})
	}
	return e
}

// write returns the list of entries.
func write(t *testing.T, options manifest.WriterOptions, entries ...manifest.Entry) string {
	t.Helper()
	var list strings.Builder
	w, err := manifest.NewWriter(&list, options)
	require.NoError(t, err)
	for _, e := range entries {
		require.NoError(t, w.Write(e))
	}
	require.NoError(t, w.Flush())
	return list.String()
}

func TestNewWriterReportsEveryFaultAtOnce(t *testing.T) {
	two := []digest.Algorithm{digest.SHA256, digest.BLAKE3}
	cases := []struct {
		name    string
		options manifest.WriterOptions
		faults  []string
	}{
		{"several digests in gnu", manifest.WriterOptions{Algorithms: two}, []string{
			"gnu lines carry one digest, and 2 are asked for: use bsd, hashdeep or json",
		}},
		{"NUL in hashdeep", manifest.WriterOptions{Format: manifest.Hashdeep, Zero: true}, []string{
			"hashdeep lines cannot end in NUL: use gnu or bsd",
		}},
		{"NUL in json", manifest.WriterOptions{Format: manifest.JSON, Zero: true}, []string{
			"json lines cannot end in NUL: use gnu or bsd",
		}},
		{"everything", manifest.WriterOptions{
			Format: 9, Comment: "c", Algorithms: []digest.Algorithm{0, digest.MD5, digest.MD5, 99},
		}, []string{
			"Format(9) is no format", "Algorithm(0) is no digest", "digest md5 is asked for twice",
			"Algorithm(99) is no digest", "Format(9) has no place for a comment: use hashdeep",
		}},
		{"all of gnu's", manifest.WriterOptions{Algorithms: append(two, 0), Comment: "c"}, []string{
			"Algorithm(0) is no digest", "gnu lines carry one digest, and 3 are asked for: use bsd, hashdeep or json",
			"gnu has no place for a comment: use hashdeep",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, err := manifest.NewWriter(io.Discard, c.options)
			require.Nil(t, w)
			require.EqualError(t, err, strings.Join(c.faults, "\n"))
		})
	}
}

func TestWriterZeroValueIsGNUWithSHA256(t *testing.T) {
	require.Equal(t, helloSHA256+"  a\n", write(t, manifest.WriterOptions{}, hello("a", digest.SHA256)))
}

func TestWriterMarksStandardInput(t *testing.T) {
	all := []struct {
		format     manifest.Format
		file, pipe string
	}{
		{manifest.GNU, helloMD5 + "  ./-\n", helloMD5 + "  -\n"},
		{manifest.BSD, "MD5 (./-) = " + helloMD5 + "\n", "MD5 (-) = " + helloMD5 + "\n"},
		{
			manifest.Hashdeep, "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n5," + helloMD5 + ",./-\n",
			"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n5," + helloMD5 + ",-\n",
		},
		{
			manifest.JSON, `{"type":"file","path":"./-","size":5,"digests":{"md5":"` + helloMD5 + `"}}` + "\n",
			`{"type":"file","path":"-","size":5,"digests":{"md5":"` + helloMD5 + `"}}` + "\n",
		},
	}
	for _, c := range all {
		t.Run(c.format.String(), func(t *testing.T) {
			options := manifest.WriterOptions{Format: c.format, Algorithms: []digest.Algorithm{digest.MD5}}
			e := hello("-", digest.MD5)
			require.Equal(t, c.file, write(t, options, e))
			e.Name, e.Stdin = "", true
			require.Equal(t, c.pipe, write(t, options, e))
		})
	}
}

func TestWriterRefusesAnEntryOfAnotherList(t *testing.T) {
	short := hello("a", digest.SHA256)
	short.Sums[0].Value = short.Sums[0].Value[:31]
	unsized := hello("a", digest.SHA256)
	unsized.Size = -1
	cases := []struct {
		name   string
		format manifest.Format
		entry  manifest.Entry
		fault  string
	}{
		{"no digest", manifest.BSD, hello("a"), `write "a": 0 digests in a list of 1`},
		{"two digests", manifest.BSD, hello("a", digest.SHA256, digest.MD5), `write "a": 2 digests in a list of 1`},
		{"another digest", manifest.BSD, hello("a", digest.MD5), `write "a": a md5 digest of 16 bytes where the list has sha256 with 32`},
		{"cut digest", manifest.GNU, short, `write "a": a sha256 digest of 31 bytes where the list has sha256 with 32`},
		{"no size in hashdeep", manifest.Hashdeep, unsized, `write "a": hashdeep needs the size`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var list strings.Builder
			w, err := manifest.NewWriter(&list, manifest.WriterOptions{Format: c.format})
			require.NoError(t, err)
			require.EqualError(t, w.Write(c.entry), c.fault)
		})
	}
}

// failing takes some bytes, fails once, and then takes everything: what is
// written after the failure would leave a hole in the list.
type failing struct {
	left   int
	failed bool
	after  int // bytes written after the failure
}

var errFull = errors.New("no space left on device")

func (f *failing) Write(p []byte) (int, error) {
	switch {
	case f.failed:
		f.after += len(p)
	case len(p) > f.left:
		f.failed = true
		return f.left, errFull
	default:
		f.left -= len(p)
	}
	return len(p), nil
}

func TestWriterStopsAtTheFirstErrorOfItsDestination(t *testing.T) {
	for _, room := range []int{0, 1, 40 << 10} {
		dst := &failing{left: room}
		w, err := manifest.NewWriter(dst, manifest.WriterOptions{})
		require.NoError(t, err)
		for range 2000 {
			if err = w.Write(hello("a", digest.SHA256)); err != nil {
				break
			}
		}
		require.ErrorIs(t, err, errFull)
		require.NotErrorAs(t, err, new(*manifest.NameError))
		require.Equal(t, err, w.Write(hello("b", digest.SHA256)))
		require.Equal(t, err, w.Flush())
		require.Zero(t, dst.after)
	}
}

// short takes half of what it is given and says nothing.
type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestWriterNoticesAShortWrite(t *testing.T) {
	w, err := manifest.NewWriter(short{}, manifest.WriterOptions{})
	require.NoError(t, err)
	require.NoError(t, w.Write(hello("a", digest.SHA256)))
	require.ErrorIs(t, w.Flush(), io.ErrShortWrite)
}

func TestWriterAllocatesNothingForAnEntry(t *testing.T) {
	names := map[string]string{"plain": "some/folder/with a file.txt", "escaped": "a\\b\nc", "invalid": "inv\xff" + strings.Repeat("x", 100)}
	for _, options := range []manifest.WriterOptions{
		{},
		{Zero: true},
		{Format: manifest.BSD, Algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}},
		{Format: manifest.Hashdeep, Algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}},
		{Format: manifest.JSON, Algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}},
	} {
		for kind, name := range names {
			if options.Format == manifest.Hashdeep && kind == "escaped" {
				continue
			}
			w, err := manifest.NewWriter(io.Discard, options)
			require.NoError(t, err)
			if options.Algorithms == nil {
				options.Algorithms = []digest.Algorithm{digest.SHA256}
			}
			e := hello(name, options.Algorithms...)
			for range 1000 { // the buffer reaches its size
				require.NoError(t, w.Write(e))
			}
			allocs := testing.AllocsPerRun(1000, func() {
				if w.Write(e) != nil {
					panic("refused")
				}
			})
			require.Zero(t, allocs, "%s %s", options.Format, kind)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, f := range []manifest.Format{manifest.GNU, manifest.BSD, manifest.Hashdeep, manifest.JSON} {
		b.Run(f.String(), func(b *testing.B) {
			w, err := manifest.NewWriter(io.Discard, manifest.WriterOptions{Format: f})
			require.NoError(b, err)
			e := hello("some/folder/with a file.txt", digest.SHA256)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
