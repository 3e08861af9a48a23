package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// longestPath is far beyond what a system opens; a list with a longer one was
// not made for --files-from0.
const longestPath = 64 << 10

// namesFrom0 yields the paths that a file holds, each ended by NUL, as find
// -print0 writes them. The last may lack its NUL. An error is the last pair.
func namesFrom0(file string, stdin io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		r := stdin
		if file != "-" {
			f, err := os.Open(file)
			if err != nil {
				yield("", fatal(fmt.Errorf("--files-from0 %s: %w", quoted(file), reading.on(err))))
				return
			}
			defer f.Close()
			r = f
		}
		if err := eachName0(r, yield); err != nil {
			yield("", fatal(fmt.Errorf("--files-from0 %s: %w", quoted(file), reading.on(err))))
		}
	}
}

func eachName0(r io.Reader, yield func(string, error) bool) error {
	names := bufio.NewReaderSize(r, longestPath)
	for {
		name, err := names.ReadSlice(0)
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("a name of more than %d bytes; names are ended by NUL, as by find -print0", longestPath)
		}
		if name = bytes.TrimSuffix(name, []byte{0}); len(name) > 0 && !yield(string(name), nil) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
