package pipeline_test

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestLines(t *testing.T) {
	const most = 64 << 10
	long := strings.Repeat("x", most)
	for name, test := range map[string]struct {
		text string
		want []string
		err  string
	}{
		"nothing":             {"", nil, ""},
		"one without an end":  {"a", []string{"a"}, ""},
		"one with an end":     {"a\n", []string{"a"}, ""},
		"empty lines":         {"\n\na\n\n", []string{"", "", "a", ""}, ""},
		"CRLF":                {"a\r\nb\r\n", []string{"a", "b"}, ""},
		"as long as can be":   {"a\n" + long + "\nb", []string{"a", long, "b"}, ""},
		"the same with CRLF":  {long + "\r\n", []string{long}, ""},
		"the same at the end": {long, []string{long}, ""},
		"too long":            {"a\n" + long + "x\nb", []string{"a"}, "source: line 2 is longer than 65536 bytes: bufio.Scanner: token too long"},
		"too long at the end": {long + "x", nil, "source: line 1 is longer than 65536 bytes: bufio.Scanner: token too long"},
		"endless":             {strings.Repeat(long, 10), nil, "source: line 1 is longer than 65536 bytes: bufio.Scanner: token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.text), iotest.HalfReader(strings.NewReader(test.text))} {
				// One by one, so that what was read before an error is through.
				got, err := collect(t.Context(), pipeline.Lines(r))
				if test.err != "" {
					require.EqualError(t, err, test.err)
					require.ErrorIs(t, err, bufio.ErrTooLong)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, test.want, got)
			}
		})
	}
}

func TestLinesOfAFailingReader(t *testing.T) {
	_, err := collect(t.Context(), pipeline.Lines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(errBoom))))
	require.ErrorIs(t, err, errBoom)
	require.ErrorContains(t, err, "source: read line 3: boom")
}
