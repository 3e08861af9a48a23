package manifest_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/manifest"
)

func TestReaderFindsTheEndOfLines(t *testing.T) {
	line := func(name string) string { return helloSHA256 + "  " + name }
	sum := "|-1|?:" + helloSHA256
	nul := "a NUL byte, which no name holds"
	long := strings.Repeat("n", manifest.MaxLine-len(line("")))
	runCases(t, []lineCase{
		{name: "one NUL", list: line("a") + "\x00", entries: []string{"a" + sum}},
		{name: "two", list: line("a") + "\x00" + line("b") + "\x00", entries: []string{"a" + sum, "b" + sum}},
		{name: "none after the last", list: line("a") + "\x00" + line("b"), entries: []string{"a" + sum, "b" + sum}},
		{name: "newlines in names", list: line("\na\n") + "\x00" + line("\n") + "\x00", entries: []string{"\na\n" + sum, "\n" + sum}},
		{name: "CR ends a name", list: line("a\r") + "\x00", entries: []string{"a\r" + sum}},
		{name: "nothing is escaped", list: line(`a\nb\`) + "\x00", entries: []string{`a\nb\` + sum}},
		{name: "byte order mark", list: "\uFEFF" + line("a\nb") + "\x00", entries: []string{"a\nb" + sum}},
		{name: "tags", list: "MD5 (a\nb) = " + helloMD5 + "\x00SHA1 (c) = " + helloSHA1 + "\x00", entries: []string{
			"a\nb|-1|md5:" + helloMD5, "c|-1|sha1:" + helloSHA1,
		}},
		{name: "XXH3", list: "XXH3_" + helloXXH3 + "  a\x00", entries: []string{"a|-1|xxh3:" + helloXXH3}},
		{name: "the longest line", list: line(long) + "\x00" + line("b") + "\x00", entries: []string{long + sum, "b" + sum}},
		{name: "a bad line later", list: line("a") + "\x00" + line("b") + "\x00?\x00" + line("c"), entries: []string{
			"a" + sum, "b" + sum, "c" + sum,
		}, faults: []string{"line 3: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "a backslash leads", list: line("a") + "\x00" + `\` + line("b") + "\x00", faults: []string{"line 1: " + nul}},

		{name: "zeros behind a list", list: line("a") + "\n" + line("b") + "\n\x00\x00\x00", entries: []string{"a" + sum, "b" + sum}, faults: []string{"line 3: " + nul}},
		{name: "a zero behind a list", list: line("a") + "\n" + line("b") + "\n\x00", entries: []string{"a" + sum, "b" + sum}, faults: []string{"line 3: " + nul}},
		{name: "a zero in a name", list: line("a\x00b") + "\n" + line("c") + "\n", entries: []string{"c" + sum}, faults: []string{"line 1: " + nul}},
		{name: "a zero in a name of a later line", list: line("a") + "\n" + line("b\x00c") + "\n", entries: []string{"a" + sum}, faults: []string{"line 2: " + nul}},
		{name: "a zero before what looks like a line", list: line("a") + "\n" + line("b\x00"+line("c")) + "\n", entries: []string{"a" + sum}, faults: []string{"line 2: " + nul}},
		{name: "a zero after an escaped line", list: line("a") + "\n" + `\` + line("b") + "\x00" + line("c"), entries: []string{"a" + sum}, faults: []string{"line 2: " + nul}},
		{name: "a zero first", list: "\x00" + line("a") + "\n", faults: []string{"line 1: " + nul}},
		{name: "zeros only", list: "\x00\x00", faults: []string{"line 1: " + nul}},
		{name: "text first", list: "see below\x00" + line("a") + "\n", faults: []string{"line 1: " + nul}},
	})
}

func TestReaderZeroIsTold(t *testing.T) {
	zero := manifest.ReaderOptions{Zero: true}
	sum := "|-1|?:" + helloSHA256
	name := "n\n" + helloSHA256 + "  other" // which the guess takes for two lines
	runCases(t, []lineCase{
		{name: "a name like a line", options: zero, list: helloSHA256 + "  " + name + "\x00", entries: []string{name + sum}},
		{name: "a bad line first", options: zero, list: "?\x00" + helloSHA256 + "  a\x00", entries: []string{"a" + sum}, faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "nothing is escaped, nor says so", options: zero, list: `\` + helloSHA256 + "  a\x00", faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "a list with newlines is one line", options: zero, list: helloSHA256 + "  a\n" + helloSHA256 + "  b\n", entries: []string{"a\n" + helloSHA256 + "  b\n" + sum}},
		{name: "empty", options: zero},
		{name: "empty lines", options: zero, list: "\x00\x00"},
	})
}

// A list that comes through a pipe is read as it comes: the second line does not
// wait for a third, however long the peer takes.
func TestReaderLooksNoFurtherThanItMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, dst := io.Pipe()
		names := make(chan string)
		go func() {
			defer close(names)
			for e, err := range manifest.NewReader(src, manifest.ReaderOptions{}).Entries() {
				if err != nil {
					return
				}
				names <- e.Name
			}
		}()
		_, err := fmt.Fprintf(dst, "%s  a\n%s  b\n", helloSHA256, helloSHA256)
		require.NoError(t, err)
		require.Equal(t, "a", <-names)
		require.Equal(t, "b", <-names)
		_, err = fmt.Fprintf(dst, "%s  c\n", helloSHA256)
		require.NoError(t, err)
		require.Equal(t, "c", <-names)
		require.NoError(t, dst.Close())
		require.Empty(t, <-names)
	})
}
