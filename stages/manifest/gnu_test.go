package manifest_test

import (
	"testing"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestReaderGNU(t *testing.T) {
	sum := "|-1|?:" + helloSHA256
	runCases(t, []lineCase{
		{name: "two blanks", list: helloSHA256 + "  a\n", entries: []string{"a" + sum}},
		{name: "blank and star", list: helloSHA256 + " *a\n", entries: []string{"a" + sum}},
		{name: "tab and blank", list: helloSHA256 + "\t a\n", entries: []string{"a" + sum}},
		{name: "leading blank in the name", list: helloSHA256 + "   a\n", entries: []string{" a" + sum}},
		{name: "leading star in the name", list: helloSHA256 + "  *a\n", entries: []string{"*a" + sum}},
		{name: "binary with a leading star", list: helloSHA256 + " **a\n", entries: []string{"*a" + sum}},
		{name: "trailing blank in the name", list: helloSHA256 + "  a \n", entries: []string{"a " + sum}},
		{name: "parentheses in the name", list: helloSHA256 + "  MD5 (a) = b\n", entries: []string{"MD5 (a) = b" + sum}},
		{name: "invalid UTF-8", list: helloSHA256 + "  \xff\xfe\n", entries: []string{"\xff\xfe" + sum}},
		{name: "carriage return inside", list: helloSHA256 + "  a\rb\n", entries: []string{"a\rb" + sum}},
		{name: "standard input", list: helloSHA256 + "  -\n", entries: []string{"-" + sum}},
		{
			name: "upper-case hex", list: "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824  A\n",
			entries: []string{"A" + sum},
		},
		{name: "base64", list: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=  a\n", entries: []string{"a" + sum}},
		{name: "the only algorithm of its length", list: helloSHA1 + "  a\n", entries: []string{"a|-1|sha1:" + helloSHA1}},
		{name: "XXH3 by xxhsum", list: "XXH3_" + helloXXH3 + "  a\n", entries: []string{"a|-1|xxh3:" + helloXXH3}},
		{
			name: "XXH3 by xxhsum where another is told", list: "XXH3_" + helloXXH3 + "  a\n",
			options: manifest.ReaderOptions{Algorithm: digest.XXH64}, entries: []string{"a|-1|xxh3:" + helloXXH3},
		},
		{name: "XXH3 of a wrong length", list: "XXH3_" + helloMD5 + "  a\n", faults: []string{"line 1: digest of 32 hex digits; xxh3 has 16"}},
		{name: "cksum's decimal", list: "3287646509 5 a\n", faults: []string{"line 1: digest of 10 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"}},
	})
}

func TestReaderGNUEscapes(t *testing.T) {
	sum := "|-1|?:" + helloSHA256
	runCases(t, []lineCase{
		{name: "backslash", list: `\` + helloSHA256 + `  a\\b`, entries: []string{`a\b` + sum}},
		{name: "newline", list: `\` + helloSHA256 + `  a\nb`, entries: []string{"a\nb" + sum}},
		{name: "carriage return", list: `\` + helloSHA256 + `  a\r`, entries: []string{"a\r" + sum}},
		{name: "all in a row", list: `\` + helloSHA256 + `  \\\n\r\\n`, entries: []string{"\\\n\r\\n" + sum}},
		{name: "binary", list: `\` + helloSHA256 + ` *\n`, entries: []string{"\n" + sum}},
		{name: "none in an escaped line", list: `\` + helloSHA256 + `  a`, entries: []string{"a" + sum}},
		{name: "none without the leading backslash", list: helloSHA256 + `  a\nb\`, entries: []string{`a\nb\` + sum}},
		{name: "unknown", list: `\` + helloSHA256 + `  a\tb`, faults: []string{`line 1: escape "\\t" in the name; only \\, \n and \r are known`}},
		{name: "half", list: `\` + helloSHA256 + `  a\`, faults: []string{"line 1: name ends in half an escape; expected \\\\, \\n or \\r"}},
		{name: "half after a whole one", list: `\` + helloSHA256 + `  \\\`, faults: []string{"line 1: name ends in half an escape; expected \\\\, \\n or \\r"}},
		{name: "two backslashes lead", list: `\\` + helloSHA256 + `  a`, faults: []string{`line 1: digest holds "\\", which is no hex digit; expected 0 to 9 and a to f`}},
	})
}

// md5 -r of the BSDs parts digest and name by one blank. A list keeps to one way,
// or the name " a" could be passed off as "a".
func TestReaderGNUKeepsToOneBlankOrTwo(t *testing.T) {
	sum := "|-1|?:" + helloMD5
	one, two := helloMD5+" a\n", helloMD5+"  a\n"
	runCases(t, []lineCase{
		{name: "one", list: one, entries: []string{"a" + sum}},
		{name: "one, then a leading blank", list: one + two, entries: []string{"a" + sum, " a" + sum}},
		{name: "one, then a leading star", list: one + helloMD5 + " *\n", entries: []string{"a" + sum, "*" + sum}},
		{
			name: "two, then one", list: two + one + two, entries: []string{"a" + sum, "a" + sum},
			faults: []string{"line 2: one blank before the name where the lines above have two"},
		},
		{
			name: "a bad line decides nothing", list: helloMD5[1:] + " a\n" + two, entries: []string{"a" + sum},
			faults: []string{"line 1: digest of 31 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128"},
		},
	})
}
