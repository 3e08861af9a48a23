package manifest_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// FuzzReader feeds a Reader anything at all. What comes out must be usable, must
// not depend on how the list arrives, and must survive being written again.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "#\n", "\uFEFF", "\x00", "\r\n",
		helloSHA256 + "  a\n" + helloMD5 + " *b\r\n",
		helloMD5 + " a\n" + helloMD5 + "  a\n",
		`\` + helloSHA256 + `  a\\b\n\r` + "\n",
		`\` + helloSHA256 + `  a\x` + "\n",
		helloSHA256 + "  a\nb\x00" + helloSHA256 + "  c\x00",
		helloSHA256 + "  a\n\x00\x00",
		"XXH3_" + helloXXH3 + "  a\n",
		"SHA256 (a) = b) = " + helloSHA256 + "\nMD5 (a) = b) = " + helloMD5 + "\n",
		`\MD5 (a\nb) = ` + helloMD5 + "\n",
		"SHA2-256(a)= " + helloSHA256 + "\n",
		"SHA256 (a) = LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\n",
		"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n## x\n5," + helloMD5 + ",a,b\n",
		"%%%% HASHDEEP-1.0\n%%%% filename,md5,size\na,b," + helloMD5 + ",5\n",
		`{"type":"file","path":"a","size":5,"digests":{"md5":"` + helloMD5 + `"}}` + "\n",
		`{"type":"file","path":"\ufffd\ud800","path_base64":"/w==","digests":{"md5":"` + helloMD5 + `"}}`,
		`{"type":"summary"}` + "\n" + helloSHA1 + "  a",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, list []byte, zero bool) {
		options := manifest.ReaderOptions{Zero: zero}
		got, faults := collect(t, bytes.NewReader(list), options)
		again, sameFaults := collect(t, iotest.HalfReader(bytes.NewReader(list)), options)
		require.Equal(t, got, again)
		require.Equal(t, faults, sameFaults)
		for _, e := range got {
			requireUsable(t, e)
			requireWritable(t, e)
		}
	})
}

func collect(t *testing.T, src io.Reader, options manifest.ReaderOptions) (got []manifest.Entry, faults []string) {
	t.Helper()
	line := 0
	for e, err := range manifest.NewReader(src, options).Entries() {
		if err != nil {
			var fault *manifest.LineError
			require.ErrorAs(t, err, &fault)
			require.Greater(t, fault.Line, line)
			line = fault.Line
			faults = append(faults, err.Error())
			continue
		}
		require.Greater(t, e.Line, line)
		line = e.Line
		got = append(got, e)
	}
	return got, faults
}

func requireUsable(t *testing.T, e manifest.Entry) {
	t.Helper()
	require.NotEmpty(t, e.Name)
	require.NotContains(t, e.Name, "\x00")
	require.Equal(t, e.Name == "-", e.Stdin)
	require.GreaterOrEqual(t, e.Size, int64(-1))
	require.NotEmpty(t, e.Sums)
	if e.Candidates != nil {
		require.Len(t, e.Sums, 1)
		require.Zero(t, e.Sums[0].Algorithm)
		require.Equal(t, digest.BySize(len(e.Sums[0].Value)), e.Candidates)
		return
	}
	seen := map[digest.Algorithm]bool{}
	for _, s := range e.Sums {
		require.False(t, seen[s.Algorithm])
		seen[s.Algorithm] = true
		require.NotZero(t, s.Algorithm)
		require.Len(t, s.Value, s.Algorithm.Size())
	}
}

// requireWritable writes what was read in the form that carries everything.
func requireWritable(t *testing.T, e manifest.Entry) {
	t.Helper()
	if e.Candidates != nil {
		e.Sums[0].Algorithm, e.Candidates = e.Candidates[0], nil
	}
	o := manifest.WriterOptions{Format: manifest.JSON}
	for _, s := range e.Sums {
		o.Algorithms = append(o.Algorithms, s.Algorithm)
	}
	if len(e.Name) > manifest.MaxLine/8 {
		return // may outgrow a line once escaped
	}
	e.Line = 1
	got, faults := collect(t, strings.NewReader(write(t, o, e)), manifest.ReaderOptions{})
	require.Empty(t, faults)
	require.Equal(t, []manifest.Entry{e}, got)
}
