package manifest_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"

	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

func ExampleWriter() {
	w, err := manifest.NewWriter(os.Stdout, manifest.WriterOptions{Format: manifest.BSD})
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := sha256.Sum256([]byte("hello"))
	for _, name := range []string{"a.txt", "b\nc"} {
		err := w.Write(manifest.Entry{
			Name: name, Size: 5,
			Sums: []manifest.Sum{{Algorithm: digest.SHA256, Value: sum[:]}},
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// SHA256 (a.txt) = 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
	// \SHA256 (b\nc) = 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
}

func ExampleReader() {
	list := strings.NewReader(`# made by hand
5d41402abc4b2a76b9719d911017c592  a.txt
5d41402abc4b2a76b9719d911017c59  b.txt
SHA1 (c.txt) = aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d
MD5 (c.txt) = 5d41402abc4b2a76b9719d911017c592
`)
	for e, err := range manifest.NewReader(list, manifest.ReaderOptions{}).Entries() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(e.Line, e.Name, len(e.Sums), e.Sums[0].Algorithm.Size(), e.Candidates)
	}
	// Output:
	// 2 a.txt 1 0 [md5 xxh128]
	// line 3: digest of 31 hex digits; no algorithm has that many: expected 8, 16, 32, 40, 64, 128
	// 4 c.txt 2 20 []
}

func ExampleInside() {
	for _, name := range []string{"docs/a.txt", "../a.txt"} {
		path, err := manifest.Inside("/srv/files", name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(path)
	}
	// Output:
	// docs/a.txt
	// name "../a.txt" holds "..": check from a folder that holds the file
}

func ExampleDuplicates() {
	var d manifest.Duplicates
	for _, name := range []string{"a", "b", "a"} {
		if d.Seen(name) {
			fmt.Printf("%s is listed twice\n", name)
		}
	}
	// Output: a is listed twice
}
