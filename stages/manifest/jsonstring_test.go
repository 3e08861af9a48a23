package manifest_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// Whoever reads with a JSON library gets the same path.
func TestWriterJSONIsWhatTheStandardLibraryReads(t *testing.T) {
	for _, name := range []string{"a", "\x01\x1f \"\\\u2028😀", strings.Repeat("long \xff", 100), "\xff", "a\xff", "ab\xff"} {
		var got struct {
			Path   string `json:"path"`
			Base64 string `json:"path_base64"`
		}
		line := write(t, manifest.WriterOptions{Format: manifest.JSON}, hello(name, digest.SHA256))
		require.NoError(t, json.Unmarshal([]byte(line), &got))
		require.Equal(t, strings.ToValidUTF8(strings.ReplaceAll(name, "\xff", "\ufffd"), "?"), got.Path)
		if got.Base64 != "" {
			raw, err := base64.StdEncoding.DecodeString(got.Base64)
			require.NoError(t, err)
			require.Equal(t, name, string(raw))
		}
	}
}
