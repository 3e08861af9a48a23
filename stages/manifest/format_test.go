package manifest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
