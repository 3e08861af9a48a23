package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// corpus is the files that are measured, made once from a fixed seed.
type corpus struct {
	dir   string
	scale int // 1, or 100 for a hundredth
}

func newCorpus(dir string, quick bool) corpus {
	if quick {
		return corpus{filepath.Join(dir, "quick"), 100}
	}
	return corpus{filepath.Join(dir, "full"), 1}
}

func (c corpus) path(name string) string { return filepath.Join(c.dir, name) }

// once makes what has that name unless it is there; a half-made one is not.
func (c corpus) once(name string, build func(path string) error) error {
	path := c.path(name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	half := path + ".part"
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "compare: making %s\n", path)
	if err := build(half); err != nil {
		return err
	}
	return os.Rename(half, path)
}

// big is one file of 2 GiB.
func (c corpus) big() error {
	return c.once("big", func(path string) error { return fill(path, 1, 2<<30/int64(c.scale)) })
}

// large is 20 files of 100 MiB.
func (c corpus) large() error {
	return c.once("large", func(path string) error {
		return each(path, 20, 20, func(name string, i int) error {
			return fill(name, uint64(1000+i), 100<<20/int64(c.scale))
		})
	})
}

// tree is 20,000 files of about 20 KB in directories of 200.
func (c corpus) tree() error {
	return c.once("tree", func(path string) error {
		sizes := rand.New(rand.NewPCG(2, 2))
		return each(path, 20_000/c.scale, 200, func(name string, i int) error {
			return fill(name, uint64(i), 10<<10+sizes.Int64N(20<<10))
		})
	})
}

// flat is 300,000 empty files in one directory.
func (c corpus) flat() error {
	return c.once("flat", func(path string) error { return each(path, 300_000/c.scale, 300_000, empty) })
}

// wide is 1,000,000 empty files in 1,000 directories.
func (c corpus) wide() error {
	return c.once("wide", func(path string) error { return each(path, 1_000_000/c.scale, 1_000, empty) })
}

func empty(name string, _ int) error { return os.WriteFile(name, nil, 0o644) }

// each makes n files, so many to a directory.
func each(root string, n, perDir int, build func(name string, i int) error) error {
	for i := range n {
		dir := filepath.Join(root, fmt.Sprintf("dir-%04d", i/perDir))
		if i%perDir == 0 {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		if err := build(filepath.Join(dir, fmt.Sprintf("file-%07d.dat", i)), i); err != nil {
			return err
		}
	}
	return nil
}

// fill writes n bytes that no storage can compress.
func fill(path string, seed uint64, n int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var key [32]byte
	key[0], key[1], key[2] = byte(seed), byte(seed>>8), byte(seed>>16)
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := io.CopyN(w, rand.NewChaCha8(key), n); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// warm reads every file at or below path.
func warm(path string) error {
	return filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(io.Discard, f)
		return err
	})
}
