package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuotedShowsEveryName(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                   {"dir/file.txt", "dir/file.txt"},
		"nothing":                 {"", "''"},
		"blanks":                  {" a  b ", " a  b "},
		"dash":                    {"-", "-"},
		"quote in a plain name":   {"it's", "it's"},
		"letters of all kinds":    {"naïve ☃ 日本語 é", "naïve ☃ 日本語 é"},
		"backslash alone":         {`a\b`, `a\b`},
		"newline":                 {"a\nb", `$'a\nb'`},
		"carriage return, tab":    {"a\r\tb", `$'a\r\tb'`},
		"escape sequence":         {"\x1b[31mred", `$'\x1b[31mred'`},
		"hex digit after":         {"\x1bB", `$'\x1bB'`},
		"quote and backslash":     {"'\\\n", `$'\'\\\n'`},
		"delete":                  {"\x7f", `$'\x7f'`},
		"C1 control":              {"\u009b31m", `$'\xc2\x9b31m'`},
		"bidirectional override":  {"a\u202etxt.exe", `$'a\xe2\x80\xaetxt.exe'`},
		"bidirectional isolate":   {"\u2066a", `$'\xe2\x81\xa6a'`},
		"zero width":              {"a\u200bb", `$'a\xe2\x80\x8bb'`},
		"byte order mark":         {"\ufeffa", `$'\xef\xbb\xbfa'`},
		"line separator":          {"a\u2028b", `$'a\xe2\x80\xa8b'`},
		"blank that is none":      {"a\u00a0b", `$'a\xc2\xa0b'`},
		"not UTF-8":               {"a\xffb", `$'a\xffb'`},
		"half a character":        {"a\xe2\x80", `$'a\xe2\x80'`},
		"surrogate":               {"\xed\xa0\x80", `$'\xed\xa0\x80'`},
		"replacement in its own":  {"a\ufffdb", "a\ufffdb"},
		"replacement among bytes": {"\ufffd\xff", "$'\ufffd\\xff'"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, quoted(c.in))
		})
	}
}

func TestQuotedIsOneSafeLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := quoted(hostileName().Draw(t, "name"))
		require.True(t, utf8.ValidString(q))
		for _, r := range q {
			require.True(t, showable(r), "%q holds %U", q, r)
		}
	})
}

// TestQuotedCanBePastedBack asks a shell what it makes of a quoted name.
func TestQuotedCanBePastedBack(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed: nothing was pasted back")
	}
	var names []string
	script := bytes.NewBufferString("printf '%s\\0'")
	for range 500 {
		// Only what is marked as quoted is meant for a shell.
		if name := hostileName().Example(); strings.HasPrefix(quoted(name), "$'") && !plain(name) {
			names = append(names, name)
			script.WriteString(" " + quoted(name))
		}
	}
	require.NotEmpty(t, names)
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Stdin = script
	cmd.Env = []string{"LC_ALL=C.UTF-8"}
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, strings.Join(names, "\x00")+"\x00", string(out))
}

// hostileName draws from what names hold and terminals act on. A name holds no
// NUL.
func hostileName() *rapid.Generator[string] {
	parts := rapid.SampledFrom([]string{
		"a", "0", "F", " ", "'", `\`, "$", "`", "\n", "\r", "\t", "\x1b[2J", "\x07", "\x7f", "\u009b", "\u202e",
		"\u200d", "é", "日", "\ufffd", "\xff", "\xe2\x80", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "!", "\x01",
	})
	return rapid.Map(rapid.SliceOfN(parts, 1, 12), func(p []string) string { return strings.Join(p, "") })
}

func TestSentenceIsOneLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":           {"no such file", "no such file"},
		"empty":           {"", ""},
		"newline":         {"two\nlines", "two\ufffdlines"},
		"escape sequence": {"a\x1b[2Jb", "a\ufffd[2Jb"},
		"not UTF-8":       {"a\xffb", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, sentence(c.in))
		})
	}
}

func TestVisibleKeepsLinesOnly(t *testing.T) {
	require.Equal(t, `a\x1b[2Jb`+"\nc"+`\x0d\xff\xe2\x80\xaeé`+"\ufffd\n", string(visible([]byte("a\x1b[2Jb\nc\r\xff\u202eé\ufffd\n"))))
	require.Empty(t, visible(nil))
}
