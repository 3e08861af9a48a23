package manifest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestWriterGoesOnAfterANameItCannotCarry(t *testing.T) {
	long := strings.Repeat("n", manifest.MaxLine)
	cases := []struct {
		test, name string
		options    manifest.WriterOptions
		fault      string
	}{
		{"newline in hashdeep", "a\nb", manifest.WriterOptions{Format: manifest.Hashdeep}, `name "a\nb": hashdeep cannot carry a newline; use gnu, bsd, json`},
		{"CR in hashdeep", "a\rb", manifest.WriterOptions{Format: manifest.Hashdeep}, `name "a\rb": hashdeep cannot carry a carriage return; use gnu, bsd, json`},
		{"NUL", "a\x00b", manifest.WriterOptions{}, `name "a\x00b": gnu cannot carry a NUL byte; no format can`},
		{"NUL in json", "\x00", manifest.WriterOptions{Format: manifest.JSON}, `name "\x00": json cannot carry a NUL byte; no format can`},
		{"NUL between NULs", "\x00", manifest.WriterOptions{Zero: true}, `name "\x00": gnu cannot carry a NUL byte; no format can`},
		{"empty", "", manifest.WriterOptions{Format: manifest.BSD}, `name "": bsd cannot carry an empty name; no format can`},
		{"too long", long, manifest.WriterOptions{}, `name "` + long[:128] + `"…: gnu cannot carry a line of 65602 bytes, more than 65536; no format can`},
		{
			"too long once escaped", strings.Repeat(`\`, 40<<10),
			manifest.WriterOptions{},
			`name "` + strings.Repeat(`\\`, 128) + `"…: gnu cannot carry a line of 81987 bytes, more than 65536; use hashdeep`,
		},
	}
	for _, c := range cases {
		t.Run(c.test, func(t *testing.T) {
			var list strings.Builder
			w, err := manifest.NewWriter(&list, c.options)
			require.NoError(t, err)
			require.NoError(t, w.Write(hello("first", digest.SHA256)))
			err = w.Write(hello(c.name, digest.SHA256))
			var refused *manifest.NameError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.name, refused.Name)
			require.EqualError(t, err, c.fault)
			require.NoError(t, w.Write(hello("last", digest.SHA256)))
			require.NoError(t, w.Flush())
			require.Equal(t, write(t, c.options, hello("first", digest.SHA256), hello("last", digest.SHA256)), list.String())
		})
	}
}
