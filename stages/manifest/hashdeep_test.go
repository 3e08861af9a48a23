package manifest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func TestReaderHashdeep(t *testing.T) {
	const first = "%%%% HASHDEEP-1.0\n"
	const top = first + "%%%% size,md5,sha256,filename\n"
	sums := "|5|md5:" + helloMD5 + " sha256:" + helloSHA256
	row := "5," + helloMD5 + "," + helloSHA256 + ","
	noColumns := `no usable column header, such as "%%%% size,md5,sha256,filename", stands above`
	runCases(t, []lineCase{
		{name: "headers only", list: top},
		{name: "comments", list: top + "## Invoked from: /\n## \n" + row + "a\n", entries: []string{"a" + sums}},
		{name: "commas in the name", list: top + row + "a,b,,\n", entries: []string{"a,b,," + sums}},
		{name: "blanks around the name", list: top + row + " a \n", entries: []string{" a " + sums}},
		{name: "backslash stays", list: top + row + `a\nb` + "\n", entries: []string{`a\nb` + sums}},
		{name: "invalid UTF-8", list: top + row + "\xff\n", entries: []string{"\xff" + sums}},
		{name: "CRLF", list: strings.ReplaceAll(top+row+"a\n", "\n", "\r\n"), entries: []string{"a" + sums}},
		{name: "byte order mark", list: "\uFEFF" + top + row + "a\n", entries: []string{"a" + sums}},
		{
			name: "other columns", list: first + "%%%% size,sha256,filename\n7," + helloSHA256 + ",a\n",
			entries: []string{"a|7|sha256:" + helloSHA256},
		},
		{
			name: "no size", list: first + "%%%% md5,filename\n" + helloMD5 + ",a\n",
			entries: []string{"a|-1|md5:" + helloMD5},
		},
		{
			name: "the name in the middle", list: first + "%%%% md5,filename,sha256,size\n" + helloMD5 + ",a,b," + helloSHA256 + ",5\n",
			entries: []string{"a,b|5|md5:" + helloMD5 + " sha256:" + helloSHA256},
		},
		{
			name: "a digest that we do not know", list: first + "%%%% size,md5,tiger,filename\n5," + helloMD5 + ",whatever,a\n",
			entries: []string{"a|5|md5:" + helloMD5},
		},
		{
			name:    "another list behind it",
			list:    top + row + "a\n" + first + "%%%% size,md5,filename\n6," + helloMD5 + ",b\n",
			entries: []string{"a" + sums, "b|6|md5:" + helloMD5},
		},
		{name: "largest size", list: top + "9223372036854775807" + row[1:] + "a", entries: []string{"a|9223372036854775807" + sums[2:]}},

		{name: "only headers of another version", list: "%%%% HASHDEEP-2.0\n", faults: []string{`line 1: hashdeep version "HASHDEEP-2.0"; only HASHDEEP-1.0 is known`}},
		{name: "no columns", list: first + row + "a\n", faults: []string{"line 2: " + noColumns}},
		{name: "no name among the columns", list: first + "%%%% size,md5\n5," + helloMD5, faults: []string{
			"line 2: hashdeep header without filename and a digest that we know", "line 3: " + noColumns,
		}},
		{name: "no known digest among the columns", list: first + "%%%% size,tiger,filename\n", faults: []string{
			"line 2: hashdeep header without filename and a digest that we know",
		}},
		{name: "a column twice", list: first + "%%%% size,md5,MD5,filename\n", faults: []string{`line 2: column "MD5" stands twice in the header`}},
		{name: "too many columns", list: first + "%%%% md5,filename" + strings.Repeat(",x", 100) + "\n", faults: []string{"line 2: " + noColumns}},
		{name: "too few values", list: top + "5," + helloMD5 + "\n", faults: []string{"line 3: fewer than the 4 columns of the header"}},
		{name: "too few values after the name", list: first + "%%%% filename,size,md5\na," + helloMD5, faults: []string{"line 3: fewer than the 3 columns of the header"}},
		{name: "empty name", list: top + row + "\n", faults: []string{"line 3: the name is empty; expected the path of a file"}},
		{name: "size is no number", list: top + "x" + row[1:] + "a", faults: []string{`line 3: size "x" is no number of bytes`}},
		{name: "size is negative", list: top + "-5" + row[1:] + "a", faults: []string{`line 3: size "-5" is no number of bytes`}},
		{name: "size over 63 bits", list: top + "9223372036854775808" + row[1:] + "a", faults: []string{`line 3: size "9223372036854775808" is no number of bytes`}},
		{name: "size is empty", list: top + row[1:] + "a", faults: []string{`line 3: size "" is no number of bytes`}},
		{name: "digest of a wrong length", list: top + "5," + helloSHA256 + "," + helloMD5 + ",a", faults: []string{"line 3: digest of 64 hex digits; md5 has 32"}},
		{name: "a line that is none", list: top + "\x00\n" + "rest of a name\n" + row + "a\n", entries: []string{"a" + sums}, faults: []string{
			"line 3: a NUL byte, which no name holds", "line 4: fewer than the 4 columns of the header",
		}},
	})
}

func TestWriterHashdeep(t *testing.T) {
	options := manifest.WriterOptions{
		Format: manifest.Hashdeep, Algorithms: []digest.Algorithm{digest.MD5, digest.SHA256}, Comment: "from /\r\n\x00$ sum",
	}
	header := "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## from /\n## $ sum\n"
	require.Equal(t, header, write(t, options), "an empty list has its header")
	require.Equal(t, header+"5,"+helloMD5+","+helloSHA256+",a,b\\n\n", write(t, options, hello(`a,b\n`, options.Algorithms...)))
}

// A comment may be a command line of any length, a line may not.
func TestWriterHashdeepBreaksALongComment(t *testing.T) {
	options := manifest.WriterOptions{Format: manifest.Hashdeep, Comment: strings.Repeat("c", 3*manifest.MaxLine)}
	require.Equal(t, 3*manifest.MaxLine, strings.Count(write(t, options), "c"))
	list := write(t, options, hello("a", digest.SHA256))
	entries, faults := read(t, list, manifest.ReaderOptions{})
	require.Equal(t, []string{"a|5|sha256:" + helloSHA256}, entries)
	require.Empty(t, faults)
}
