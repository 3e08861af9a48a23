package main

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// On a terminal a name is quoted where it would do something to it. Anywhere else
// the list is what other programs read, byte by byte.
func TestListingQuotesForATerminal(t *testing.T) {
	sum := manifest.Sum{Algorithm: digest.CRC32C, Value: []byte{1, 2, 3, 4}}
	for _, test := range []struct {
		form         manifest.Format
		name         string
		seen, stored string
	}{
		{manifest.GNU, "a", "01020304  a", "01020304  a"},
		{manifest.GNU, "new\nline", `\01020304  new\nline`, `\01020304  new\nline`},
		{manifest.GNU, "\x1b[2J\xff", `01020304  $'\x1b[2J\xff'`, "01020304  \x1b[2J\xff"},
		{manifest.GNU, "\x1b\n", `01020304  $'\x1b\n'`, "\\01020304  \x1b\\n"},
		{manifest.BSD, "\u202etxt", `CRC32C ($'\xe2\x80\xaetxt') = 01020304`, "CRC32C (\u202etxt) = 01020304"},
		{manifest.JSON, "\u202e", `{"type":"file","path":"\xe2\x80\xae","digests":{"crc32c":"01020304"}}`, "{\"type\":\"file\",\"path\":\"\u202e\",\"digests\":{\"crc32c\":\"01020304\"}}"},
	} {
		for _, terminal := range []bool{true, false} {
			var screen bytes.Buffer
			out := &output{w: bufio.NewWriter(&screen), terminal: terminal}
			w, err := manifest.NewWriter(out, manifest.WriterOptions{Format: test.form, Algorithms: []digest.Algorithm{digest.CRC32C}})
			require.NoError(t, err)
			require.NoError(t, listing{w, test.form, out}.add(manifest.Entry{Name: test.name, Size: -1, Sums: []manifest.Sum{sum}}))
			require.NoError(t, out.flush())
			want := test.stored
			if terminal {
				want = test.seen
			}
			require.Equal(t, want+"\n", screen.String())
		}
	}
}
