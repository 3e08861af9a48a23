package manifest_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestWriterWritesTheLongestLineThatCanBeRead(t *testing.T) {
	most := manifest.MaxLine - len(helloSHA256) - len("  ")
	for _, n := range []int{most - 1, most, most + 1} {
		w, err := manifest.NewWriter(io.Discard, manifest.WriterOptions{})
		require.NoError(t, err)
		name := strings.Repeat("n", n)
		err = w.Write(hello(name, digest.SHA256))
		list := helloSHA256 + "  " + name + "\r\n"
		entries, faults := read(t, "\uFEFF"+list+list, manifest.ReaderOptions{})
		if n > most {
			require.ErrorAs(t, err, new(*manifest.NameError))
			require.Equal(t, []string{"line 1: longer than 65536 bytes", "line 2: longer than 65536 bytes"}, faults)
			continue
		}
		require.NoError(t, err)
		require.Len(t, entries, 2)
		require.Empty(t, faults)
	}
}

func TestReaderSkipsALineThatIsTooLong(t *testing.T) {
	const n = manifest.MaxLine
	good := helloSHA256 + "  a"
	want := []string{"a|-1|?:" + helloSHA256, "a|-1|?:" + helloSHA256}
	for _, length := range []int{n + 1, n + 2, n + 100, n + 300, 2*n - 1, 2 * n, 2*n + 1, 5*n + 7} {
		for end, options := range map[string]manifest.ReaderOptions{"\n": {}, "\r\n": {}, "\x00": {Zero: true}} {
			for _, mark := range []string{"", "\uFEFF"} {
				long := strings.Repeat("x", length)
				entries, faults := read(t, mark+good+end+long+end+good+end, options)
				require.Equal(t, want, entries, "%d %q", length, end)
				require.Equal(t, []string{"line 2: longer than 65536 bytes"}, faults)
				entries, faults = read(t, mark+long+end+good+end+good, options)
				require.Equal(t, want, entries, "%d %q", length, end)
				require.Equal(t, []string{"line 1: longer than 65536 bytes"}, faults)
			}
		}
	}
}
