package manifest_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestReaderBSD(t *testing.T) {
	sum := "|-1|sha256:" + helloSHA256
	hash := ") = " + helloSHA256 + "\n"
	runCases(t, []lineCase{
		{name: "plain", list: "SHA256 (a" + hash, entries: []string{"a" + sum}},
		{name: "end of a tag in the name", list: "SHA256 (a) = b" + hash, entries: []string{"a) = b" + sum}},
		{name: "whole line in the name", list: "SHA256 (SHA256 (a) = " + helloSHA256 + hash, entries: []string{"SHA256 (a) = " + helloSHA256 + sum}},
		{name: "parentheses in the name", list: "SHA256 (()" + hash, entries: []string{"()" + sum}},
		{name: "blank as the name", list: "SHA256 ( " + hash, entries: []string{" " + sum}},
		{name: "invalid UTF-8", list: "SHA256 (\xff" + hash, entries: []string{"\xff" + sum}},
		{name: "raw backslash", list: `SHA256 (a\nb` + hash, entries: []string{`a\nb` + sum}},
		{name: "escaped", list: `\SHA256 (a\\b\n\r` + hash, entries: []string{"a\\b\n\r" + sum}},
		{name: "CRLF", list: "SHA256 (a) = " + helloSHA256 + "\r\n", entries: []string{"a" + sum}},
		{name: "upper-case hex", list: "SHA256 (a) = " + strings.ToUpper(helloSHA256), entries: []string{"a" + sum}},
		{name: "padded tag, as rhash", list: "MD5   (a) = " + helloMD5, entries: []string{"a|-1|md5:" + helloMD5}},
		{name: "openssl 3", list: "SHA2-256(a)= " + helloSHA256, entries: []string{"a" + sum}},
		{name: "openssl 1", list: "SHA256(a b)= " + helloSHA256, entries: []string{"a b" + sum}},
		{name: "openssl's BLAKE2b", list: "BLAKE2B-512(a)= " + helloB2, entries: []string{"a|-1|blake2b:" + helloB2}},
		{name: "trailing blanks", list: "SHA256 (a) = " + helloSHA256 + " \t\n", entries: []string{"a" + sum}},

		{name: "empty name", list: "SHA256 (" + hash, faults: []string{"line 1: the name is empty; expected the path of a file"}},
		{name: "empty digest", list: "SHA256 (a) = \n", faults: []string{"line 1: digest of 0 hex digits; sha256 has 64"}},
		{name: "wrong length", list: "SHA256 (a) = " + helloMD5, faults: []string{"line 1: digest of 32 hex digits; sha256 has 64"}},
		{name: "odd length", list: "SHA256 (a) = " + helloSHA256[1:], faults: []string{"line 1: digest of 63 hex digits; sha256 has 64"}},
		{name: "no hex digit", list: "SHA256 (a) = x" + helloSHA256[1:], faults: []string{`line 1: digest holds "x", which is no hex digit; expected 0 to 9 and a to f`}},
		{name: "unknown algorithm", list: "SM3 (a) = " + helloSHA256, faults: []string{`line 1: unknown algorithm "SM3"; expected SHA256, SHA512, SHA1, MD5, SHA3-256, BLAKE2b, BLAKE2b-256, BLAKE3, XXH3, XXH128, XXH64, CRC32C`}},
		{name: "no algorithm", list: " (a) = " + helloSHA256, faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "no equals sign", list: "SHA256 (a) " + helloSHA256, faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "no end of the name", list: "SHA256 (a = " + helloSHA256, faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "parentheses the wrong way", list: "SHA256 )a( = " + helloSHA256, faults: []string{"line 1: not a line of a checksum list; expected HEX  NAME, or TAG (NAME) = HEX"}},
		{name: "bad escape", list: `\SHA256 (a\x` + hash, faults: []string{`line 1: escape "\\x" in the name; only \\, \n and \r are known`}},
	})
}

func TestReaderBSDReadsEveryAlgorithm(t *testing.T) {
	for _, a := range digest.All() {
		t.Run(a.String(), func(t *testing.T) {
			value := make([]byte, a.Size())
			for i := range value {
				value[i] = byte(0xf0 + i)
			}
			want := []string{"a|-1|" + a.String() + ":" + hex.EncodeToString(value)}
			for _, text := range []string{hex.EncodeToString(value), base64.StdEncoding.EncodeToString(value)} {
				entries, faults := read(t, a.Tag()+" (a) = "+text+"\n", manifest.ReaderOptions{})
				require.Equal(t, want, entries)
				require.Empty(t, faults)
			}
		})
	}
}

func TestWriterBSD(t *testing.T) {
	options := manifest.WriterOptions{Format: manifest.BSD, Algorithms: []digest.Algorithm{digest.SHA256, digest.MD5}}
	require.Equal(t,
		"SHA256 (a) = "+helloSHA256+"\nMD5 (a) = "+helloMD5+"\n"+
			`\SHA256 (b\\\n\r) = `+helloSHA256+"\n"+`\MD5 (b\\\n\r) = `+helloMD5+"\n",
		write(t, options, hello("a", options.Algorithms...), hello("b\\\n\r", options.Algorithms...)))
	options.Zero = true
	require.Equal(t, "SHA256 (b\\\n\r) = "+helloSHA256+"\x00MD5 (b\\\n\r) = "+helloMD5+"\x00",
		write(t, options, hello("b\\\n\r", options.Algorithms...)))
}
