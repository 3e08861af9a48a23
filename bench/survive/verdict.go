package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-go/penstock/stages/storage/local"
)

const temporaryPattern = local.TempPattern

// whole is nil where the job is done: the copy is what its original is, and the list
// is right. What is left over is asked of the place.
func (j job) whole() error {
	if err := j.listed(); err != nil {
		return err
	}
	if j.verb == verbSum {
		return nil
	}
	return j.compare(true)
}

// partly is nil where whatever has a final name is right, though not all need be
// there.
func (j job) partly() error {
	if err := j.listed(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if j.verb == verbSum {
		return nil
	}
	return j.compare(false)
}

func (j job) listed() error {
	got, err := os.ReadFile(j.in.list())
	if err == nil && string(got) != j.of.list(j.prefix()) {
		err = fmt.Errorf("the list is wrong: %d bytes of %d", len(got), len(j.of.list(j.prefix())))
	}
	return err
}

// compare holds the copy against its original. Unless all has to be there, only what
// is no directory counts: those are still being filled.
func (j job) compare(all bool) error {
	want, err := names(j.of.path)
	if err != nil {
		return err
	}
	got, err := names(j.in.copied())
	if errors.Is(err, fs.ErrNotExist) && !all {
		return nil
	}
	if err != nil {
		return err
	}
	for name, original := range want {
		copied, there := got[name]
		delete(got, name)
		switch {
		case !there && all:
			return fmt.Errorf("%s is missing", name)
		case !there, original.IsDir() && !all:
			continue
		}
		if err := same(filepath.Join(j.of.path, name), original, filepath.Join(j.in.copied(), name), copied); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name := range got {
		if ours, _ := filepath.Match(temporaryPattern, filepath.Base(name)); !ours {
			return fmt.Errorf("%s was never in the original", name)
		}
	}
	return nil
}

// same is nil where a copy has the bytes, the mode and the time of its original.
func same(path string, original fs.FileInfo, copyPath string, copied fs.FileInfo) error {
	link := original.Mode().Type() == fs.ModeSymlink
	switch {
	case original.Mode() != copied.Mode():
		return fmt.Errorf("the mode is %v, and not %v", copied.Mode(), original.Mode())
	case !original.ModTime().Equal(copied.ModTime()) && !link:
		return fmt.Errorf("the time is %v, and not %v", copied.ModTime(), original.ModTime())
	case link:
		return sameTarget(path, copyPath)
	case original.IsDir():
		return nil
	case original.Size() != copied.Size():
		return fmt.Errorf("the size is %d, and not %d", copied.Size(), original.Size())
	}
	return sameBytes(path, copyPath)
}

func sameTarget(a, b string) error {
	from, err := os.Readlink(a)
	if err != nil {
		return err
	}
	to, err := os.Readlink(b)
	if err == nil && from != to {
		err = fmt.Errorf("it leads to %q, and not to %q", to, from)
	}
	return err
}

func sameBytes(a, b string) error {
	f, err := os.Open(a)
	if err != nil {
		return err
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		return err
	}
	defer g.Close()
	x, y := make([]byte, mib), make([]byte, mib)
	for at := int64(0); ; at += mib {
		n, err := io.ReadFull(f, x)
		if err != nil && !ended(err) {
			return err
		}
		m, err := io.ReadFull(g, y)
		if err != nil && !ended(err) {
			return err
		}
		if !bytes.Equal(x[:n], y[:m]) {
			return fmt.Errorf("the bytes differ, at %d to %d", at, at+mib)
		}
		if n < mib {
			return nil
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// kinds are names of what was left, without what chance made of them.
func kindsOf(left []string) string {
	count := map[string]int{}
	var order []string
	for _, name := range left {
		k := class(name)
		if count[k]++; count[k] == 1 {
			order = append(order, k)
		}
	}
	for i, k := range order {
		order[i] = fmt.Sprintf("%d × %s", count[k], k)
	}
	return strings.Join(order, ", ")
}
