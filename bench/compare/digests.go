package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// digests are the hexadecimal words that a program printed, sorted, because programs
// list files in any order and form. Words as long as a digest of 64 bits or more count,
// and no file of the corpus is called so.
func digests(out io.Reader) (string, error) {
	var list []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		for _, word := range strings.FieldsFunc(lines.Text(), func(r rune) bool { return strings.ContainsRune(" ,=*()", r) }) {
			if n := len(word); n >= 16 && n%16 == 0 && strings.Trim(word, "0123456789abcdef") == "" {
				list = append(list, word)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n"), lines.Err()
}

// digestsOf are those in a file.
func digestsOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digests(f)
}

// treeDigests are the SHA-256 of all files at or below path.
func treeDigests(path string) (string, error) {
	var list []string
	err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		list = append(list, hex.EncodeToString(sum.Sum(nil)))
		return err
	})
	slices.Sort(list)
	return strings.Join(list, "\n"), err
}

// sameAs is the digests of what is at a path, and an error where they are not those.
func sameAs(listed, path string) (string, error) {
	there, err := treeDigests(path)
	if err == nil && there != listed {
		err = fmt.Errorf("the list is not that of %s", path)
	}
	return there, err
}
