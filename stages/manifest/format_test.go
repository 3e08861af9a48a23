package manifest_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestParseFormatReadsWhatStringSays(t *testing.T) {
	for _, f := range []manifest.Format{manifest.GNU, manifest.BSD, manifest.Hashdeep, manifest.JSON} {
		for _, spelling := range []string{f.String(), strings.ToUpper(f.String())} {
			got, err := manifest.ParseFormat(spelling)
			require.NoError(t, err)
			require.Equal(t, f, got)
		}
	}
}

func TestParseFormatNamesTheChoices(t *testing.T) {
	for _, name := range []string{"", "sfv", "gnu "} {
		_, err := manifest.ParseFormat(name)
		require.ErrorContains(t, err, "use one of gnu, bsd, hashdeep, json", name)
	}
	require.Equal(t, "Format(4)", manifest.Format(4).String())
}

// A list in the form that nobody asked for says which digest it is of, or has one
// that its own program reads; either way it is read again as what it is.
func TestFormatFor(t *testing.T) {
	programs := []digest.Algorithm{digest.MD5, digest.SHA1, digest.SHA256, digest.SHA512, digest.BLAKE2b, digest.BLAKE3}
	for _, a := range digest.All() {
		form := manifest.FormatFor(a)
		require.Equal(t, slices.Contains(programs, a), form == manifest.GNU, a)
		require.Equal(t, manifest.BSD, manifest.FormatFor(a, digest.SHA256))

		var list bytes.Buffer
		w, err := manifest.NewWriter(&list, manifest.WriterOptions{Format: form, Algorithms: []digest.Algorithm{a}})
		require.NoError(t, err)
		sum := manifest.Sum{Algorithm: a, Value: a.New().Sum(nil)}
		require.NoError(t, w.Write(manifest.Entry{Name: "a", Size: 0, Sums: []manifest.Sum{sum}}))
		require.NoError(t, w.Flush())
		for e, err := range manifest.NewReader(&list, manifest.ReaderOptions{}).Entries() {
			require.NoError(t, err)
			if form == manifest.BSD {
				require.Equal(t, a, e.Sums[0].Algorithm)
			} else if e.Candidates != nil {
				require.Contains(t, e.Candidates, a)
			}
			require.Equal(t, sum.Value, e.Sums[0].Value)
		}
	}
}
