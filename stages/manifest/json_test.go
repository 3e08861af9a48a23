package manifest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestReaderJSON(t *testing.T) {
	sha256 := `"digests":{"sha256":"` + helloSHA256 + `"}`
	sum := "sha256:" + helloSHA256
	one := func(fields string) string { return `{"type":"file",` + fields + `}` }
	runCases(t, []lineCase{
		{name: "with a size", list: one(`"path":"a","size":5,` + sha256), entries: []string{"a|5|" + sum}},
		{name: "without", list: one(`"path":"a",` + sha256), entries: []string{"a|-1|" + sum}},
		{name: "size null", list: one(`"path":"a","size":null,` + sha256), entries: []string{"a|-1|" + sum}},
		{name: "blanks", list: " { \"type\" : \"file\" ,\t\"path\":\"a\", " + sha256 + " } \r\n", entries: []string{"a|-1|" + sum}},
		{
			name: "digests in their order", list: one(`"path":"a","digests":{"sha256":"` + helloSHA256 + `","md5":"` + helloMD5 + `"}`),
			entries: []string{"a|-1|" + sum + " md5:" + helloMD5},
		},
		{
			name: "digests in another order", list: one(`"path":"a","digests":{"md5":"` + helloMD5 + `","SHA-256":"` + helloSHA256 + `"}`),
			entries: []string{"a|-1|md5:" + helloMD5 + " " + sum},
		},
		{
			name: "fields and digests that we do not know", list: one(`"mtime":{"s":[1]},"path":"a","digests":{"sm3":7,"sha256":"` + helloSHA256 + `"}`),
			entries: []string{"a|-1|" + sum},
		},
		{name: "escapes", list: one(`"path":"\u0061\n\u2028\ud83d\ude00\ufffd\\ud800",` + sha256), entries: []string{"a\n\u2028😀\ufffd\\ud800|-1|" + sum}},
		{name: "not UTF-8", list: one(`"path":"\ufffd","path_base64":"/w==",` + sha256), entries: []string{"\xff|-1|" + sum}},
		{name: "half a pair beside the bytes", list: one(`"path":"\udcff","path_base64":"/w==",` + sha256), entries: []string{"\xff|-1|" + sum}},
		{name: "other types", list: `{"type":"summary","size":"x","path":7,"digests":[]}` + "\n" + `{"type":"error","path":"a"}`},

		{name: "no type", list: `{"path":"a",` + sha256 + `}`, faults: []string{`line 1: object without a type; expected "type":"file"`}},
		{name: "type is no string", list: `{"type":1,"path":"a",` + sha256 + `}`, faults: []string{"line 1: field type cannot be a number; expected a string"}},
		{name: "empty object", list: `{}`, faults: []string{`line 1: object without a type; expected "type":"file"`}},
		{name: "cut", list: `{"type":"file"`, faults: []string{"line 1: read JSON: unexpected end of JSON input; expected one whole object"}},
		{name: "no path", list: one(sha256), faults: []string{"line 1: the name is empty; expected the path of a file"}},
		{name: "NUL in the path", list: one(`"path":"a\u0000b",` + sha256), faults: []string{"line 1: a NUL byte, which no name holds"}},
		{name: "path is no string", list: one(`"path":["a"],` + sha256), faults: []string{"line 1: field path cannot be a array; expected a string"}},
		{name: "size is no number", list: one(`"path":"a","size":"5",` + sha256), faults: []string{"line 1: field size cannot be a string; expected a whole number"}},
		{name: "size is negative", list: one(`"path":"a","size":-5,` + sha256), faults: []string{"line 1: size -5 is no number of bytes"}},
		{name: "no digests", list: one(`"path":"a"`), faults: []string{"line 1: no digest that we know; expected sha256 or another"}},
		{name: "digests null", list: one(`"path":"a","digests":null`), faults: []string{"line 1: no digest that we know; expected sha256 or another"}},
		{name: "digests empty", list: one(`"path":"a","digests":{}`), faults: []string{"line 1: no digest that we know; expected sha256 or another"}},
		{name: "digests are no object", list: one(`"path":"a","digests":"x"`), faults: []string{`line 1: read JSON: digests are no object; expected {"sha256":"HEX"}`}},
		{name: "digest is no string", list: one(`"path":"a","digests":{"md5":1}`), faults: []string{"line 1: digest md5 is no string"}},
		{name: "digest twice", list: one(`"path":"a","digests":{"md5":"` + helloMD5 + `","MD5":"` + helloMD5 + `"}`), faults: []string{"line 1: digest md5 stands twice"}},
		{name: "digest of a wrong length", list: one(`"path":"a","digests":{"md5":"00"}`), faults: []string{"line 1: digest of 2 hex digits; md5 has 32"}},
		{name: "raw invalid UTF-8", list: one(`"path":"` + "\xff" + `",` + sha256), faults: []string{"line 1: JSON that is not valid UTF-8; such a path belongs in path_base64"}},
		{name: "half a pair", list: one(`"path":"a\udcff",` + sha256), faults: []string{"line 1: path holds half a surrogate pair, which names no file; use path_base64"}},
		{name: "half a pair before another escape", list: one(`"path":"\ud83d\u0061",` + sha256), faults: []string{"line 1: path holds half a surrogate pair, which names no file; use path_base64"}},
		{name: "half a pair at the end", list: one(`"path":"\ud83d",` + sha256), faults: []string{"line 1: path holds half a surrogate pair, which names no file; use path_base64"}},
		{name: "base64 that is none", list: one(`"path":"a","path_base64":"?",` + sha256), faults: []string{"line 1: read JSON: illegal base64 data at input byte 0"}},
	})
}

func TestWriterJSON(t *testing.T) {
	options := manifest.WriterOptions{Format: manifest.JSON, Algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}}
	digests := `"digests":{"sha256":"` + helloSHA256 + `","md5":"` + helloMD5 + `"}}` + "\n"
	unsized := hello("a", options.Algorithms...)
	unsized.Size = -1
	require.Equal(t, `{"type":"file","path":"a",`+digests, write(t, options, unsized))
	cases := []struct{ name, fields string }{
		{"a", `"path":"a"`},
		{`"\/`, `"path":"\"\\/"`},
		{"\n\r\t\b\x1b\x7f", `"path":"\n\r\t\u0008\u001b\u007f"`},
		{"\u0080\u009f\u00a0", `"path":"\u0080\u009f` + "\u00a0" + `"`},
		{"\u2027\u2028\u2029\u202a", `"path":"` + "\u2027" + `\u2028\u2029` + "\u202a" + `"`},
		{"<é😀>", `"path":"<é😀>"`},
		{"\ufffd", `"path":"` + "\ufffd" + `"`},
		{"a\xffb", `"path":"a` + "\ufffd" + `b","path_base64":"Yf9i"`},
	}
	for _, c := range cases {
		line := write(t, options, hello(c.name, options.Algorithms...))
		require.Equal(t, `{"type":"file",`+c.fields+`,"size":5,`+digests, line)
	}
}
