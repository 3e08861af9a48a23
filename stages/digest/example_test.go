package digest_test

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/penstock-go/penstock/stages/digest"
)

func ExampleParse() {
	a, err := digest.Parse("SHA-256")
	fmt.Println(a, a.Tag(), a.Size(), err)
	_, err = digest.Parse("sha265")
	fmt.Println(err)
	// Output:
	// sha256 SHA256 32 <nil>
	// unknown digest "sha265": use one of sha256, sha512, sha1, md5, sha3-256, blake2b, blake2b-256, blake3, xxh3, xxh128, xxh64, crc32c
}

func ExampleSet() {
	algorithms, err := digest.ParseSet("sha1,md5")
	if err != nil {
		fmt.Println(err)
		return
	}
	set := digest.NewSet(algorithms...)
	if _, err := io.Copy(set, strings.NewReader("abc")); err != nil {
		fmt.Println(err)
		return
	}
	for i, sum := range set.Sums() {
		fmt.Printf("%s (abc) = %x\n", algorithms[i].Tag(), sum)
	}
	// Output:
	// SHA1 (abc) = a9993e364706816aba3e25717850c26c9cd0d89d
	// MD5 (abc) = 900150983cd24fb0d6963f7d28e17f72
}

// The state is saved in the middle; a new Set, in another process perhaps, goes on from there.
func ExampleSet_MarshalBinary() {
	set := digest.NewSet(digest.SHA1, digest.BLAKE3)
	_, _ = io.WriteString(set, "a")
	state, err := set.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}

	set = digest.NewSet(digest.SHA1, digest.BLAKE3)
	if err := set.UnmarshalBinary(state); err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(set, "bc")
	fmt.Printf("%x\n", set.Sums()[0])
	// Output:
	// a9993e364706816aba3e25717850c26c9cd0d89d
}

// Two workers hash the subtrees of one stream, each its own; they are joined in the order of the data, and
// what is left over is written.
func ExampleTree() {
	data := strings.Repeat("penstock", 80_000)
	d := digest.BLAKE3.New()
	tree, ok := d.(digest.Tree)
	if !ok {
		return
	}
	whole := len(data) / digest.SubtreeSize
	subtrees := make([]digest.Subtree, whole)
	var workers sync.WaitGroup
	for w := range 2 {
		workers.Go(func() {
			p := make([]byte, digest.SubtreeSize) // stays in this core's cache
			for i := w; i < whole; i += 2 {
				offset := int64(i) * digest.SubtreeSize
				_, _ = strings.NewReader(data).ReadAt(p, offset)
				subtrees[i], _ = tree.HashSubtree(offset, p)
			}
		})
	}
	workers.Wait()
	for _, s := range subtrees {
		if err := tree.Join(s); err != nil {
			fmt.Println(err)
			return
		}
	}
	_, _ = io.WriteString(d, data[whole*digest.SubtreeSize:])

	atOnce := digest.BLAKE3.New()
	_, _ = io.WriteString(atOnce, data)
	fmt.Println(string(d.Sum(nil)) == string(atOnce.Sum(nil)))
	// Output:
	// true
}
