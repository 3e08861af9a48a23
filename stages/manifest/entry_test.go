package manifest_test

import (
	"testing"
)

func TestReaderJoinsAdjacentLinesOfOneFile(t *testing.T) {
	sha256 := "SHA256 (a) = " + helloSHA256 + "\n"
	md5 := "MD5 (a) = " + helloMD5 + "\n"
	both := "a|-1|sha256:" + helloSHA256 + " md5:" + helloMD5
	runCases(t, []lineCase{
		{name: "two algorithms", list: sha256 + md5, entries: []string{both}},
		{name: "across blank lines and comments", list: sha256 + "\n#\n" + md5, entries: []string{both}},
		{
			name: "the same algorithm again", list: sha256 + sha256,
			entries: []string{"a|-1|sha256:" + helloSHA256, "a|-1|sha256:" + helloSHA256},
		},
		{
			name: "another file between", list: sha256 + "MD5 (b) = " + helloMD5 + "\n" + md5,
			entries: []string{"a|-1|sha256:" + helloSHA256, "b|-1|md5:" + helloMD5, "a|-1|md5:" + helloMD5},
		},
		{
			name: "a bad line between", list: sha256 + "?\n" + md5,
			entries: []string{"a|-1|sha256:" + helloSHA256, "a|-1|md5:" + helloMD5},
			faults:  []string{"line 2: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"},
		},
		{
			name:    "another size",
			list:    `{"type":"file","path":"a","size":1,"digests":{"sha1":"` + helloSHA1 + `"}}` + "\n" + `{"type":"file","path":"a","size":2,"digests":{"md5":"` + helloMD5 + `"}}`,
			entries: []string{"a|1|sha1:" + helloSHA1, "a|2|md5:" + helloMD5},
		},
		{
			name: "lines that name no algorithm stay apart", list: helloSHA256 + "  a\n" + helloMD5 + "  a\n",
			entries: []string{"a|-1|?:" + helloSHA256, "a|-1|?:" + helloMD5},
		},
	})
}
