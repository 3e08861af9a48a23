// Command loops is what a good Go programmer writes by hand in an afternoon for
// each job of `penstock sum`: no names with newlines, no changed files, no
// limits, nothing but the bytes. Our own figures are held against it.
//
//	loops file ALGORITHM FILE   one goroutine reads, one hashes
//	loops tree ALGORITHM DIR    two workers, each opens, reads and hashes
//	loops subtrees blake3 FILE  two workers, each reads and hashes
package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-go/penstock/stages/digest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "loops:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want file|tree|subtrees ALGORITHM PATH")
	}
	algorithm, err := digest.Parse(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "tree":
		return tree(algorithm, args[2])
	case "subtrees":
		return subtrees(algorithm, args[2])
	default:
		return file(algorithm, args[2])
	}
}

// file reads ahead with four buffers of 256 KiB, which was the fastest of the
// sizes from 64 KiB to 1 MiB on the machine of bench/README.md.
func file(algorithm digest.Algorithm, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const buffers, size = 4, 256 << 10
	free, full := make(chan []byte, buffers), make(chan []byte, buffers)
	for range buffers {
		free <- make([]byte, size)
	}
	sum := algorithm.New()
	var both errgroup.Group
	both.Go(func() error {
		defer close(full)
		for {
			b := <-free
			n, err := f.Read(b[:size])
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			full <- b[:n]
		}
	})
	both.Go(func() error {
		for b := range full {
			sum.Write(b)
			free <- b
		}
		return nil
	})
	if err := both.Wait(); err != nil {
		return err
	}
	fmt.Printf("%x  %s\n", sum.Sum(nil), path)
	return nil
}

// subtrees keeps what the workers have of the whole file, and joins it when they are done:
// the least that two workers have to do.
func subtrees(algorithm digest.Algorithm, path string) error {
	sum := digest.NewSet(algorithm)
	hash, ok := sum.Tree()
	if !ok {
		return fmt.Errorf("%v has no subtrees", algorithm)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const workers = 2
	whole := make([]digest.Subtree, info.Size()/digest.SubtreeSize)
	var both errgroup.Group
	var next atomic.Int64
	for range workers {
		both.Go(func() error {
			b := make([]byte, digest.SubtreeSize)
			for i := next.Add(1) - 1; i < int64(len(whole)); i = next.Add(1) - 1 {
				if _, err := f.ReadAt(b, i*digest.SubtreeSize); err != nil {
					return err
				}
				s, err := hash.HashSubtree(i*digest.SubtreeSize, b)
				if err != nil {
					return err
				}
				whole[i] = s
			}
			return nil
		})
	}
	if err := both.Wait(); err != nil {
		return err
	}
	for _, s := range whole {
		if err := hash.Join(s); err != nil {
			return err
		}
	}
	rest := io.NewSectionReader(f, int64(len(whole))*digest.SubtreeSize, info.Size())
	if _, err := io.Copy(sum, rest); err != nil {
		return err
	}
	fmt.Printf("%x  %s\n", sum.Sums()[0], path)
	return nil
}

// tree walks with the standard library and prints as it goes, in no order.
func tree(algorithm digest.Algorithm, root string) error {
	const workers = 2
	paths := make(chan string, 256)
	lines := make(chan string, 256)
	var all errgroup.Group
	all.Go(func() error {
		defer close(paths)
		return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				paths <- path
			}
			return err
		})
	})
	var hashing errgroup.Group
	for range workers {
		hashing.Go(func() error { return hashAll(algorithm, paths, lines) })
	}
	all.Go(func() error {
		defer close(lines)
		return hashing.Wait()
	})
	all.Go(func() error { return printAll(lines) })
	return all.Wait()
}

func hashAll(algorithm digest.Algorithm, paths <-chan string, lines chan<- string) error {
	sum := algorithm.New()
	buf := make([]byte, 64<<10)
	for path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		sum.Reset()
		_, err = io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{f}, buf)
		f.Close()
		if err != nil {
			return err
		}
		lines <- fmt.Sprintf("%x  %s\n", sum.Sum(nil), path)
	}
	return nil
}

func printAll(lines <-chan string) error {
	out := bufio.NewWriter(os.Stdout)
	for line := range lines {
		if _, err := out.WriteString(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
