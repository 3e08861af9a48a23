package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kind describes what is to be copied.
type kind struct {
	name  string
	bytes int64
	// small is how many small files stand around the one of so many bytes; without
	// any the file is copied alone.
	small int
	hole  bool // the second half of the file is one
	flags []string
}

const mib = 1 << 20

// The sizes at which something changes: nothing, a byte, a page, the streaming trigger,
// the first checkpoint at 64 MiB, and several of them. What is slowed down has its
// checkpoints by the second.
var (
	empty     = kind{name: "0 B"}
	oneMore   = kind{name: "1 MiB and 1 B", bytes: mib + 1}
	middle    = kind{name: "96 MiB", bytes: 96 * mib}
	inChunks  = kind{name: "72 MiB in chunks of 1 MiB", bytes: 72 * mib, flags: []string{"--chunk", "1M"}} // few points
	smallTree = kind{name: "tree of 1 MiB and 1 B and 12 small files", bytes: mib + 1, small: 12}
	largeTree = kind{name: "tree of 96 MiB and 60 small files", bytes: 96 * mib, small: 60}
	holed     = kind{name: "96 MiB, half of it a hole", bytes: 96 * mib, hole: true}
	slow      = kind{name: "5 MiB at 2 MiB/s", bytes: 5 * mib, flags: []string{"--bwlimit", "2M", "--chunk", "64K"}}
)

// original is what is copied, and what is known of it.
type original struct {
	kind
	path  string
	files []file // the regular ones, in the order of their names
	bytes int64  // of all of them
	took  map[string]time.Duration
}

// file is a regular file of an original.
type file struct {
	name string // below the original's path; empty where that is the file
	size int64
	sum  string // SHA-256, by the standard library
}

// original makes what is described, once.
func (s *suite) original(k kind) (*original, error) {
	if o := s.originals[k.name]; o != nil {
		return o, nil
	}
	o := &original{kind: k, path: filepath.Join(s.dir, "originals", fmt.Sprint(len(s.originals))), took: map[string]time.Duration{}}
	if err := o.write(rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, s.seed, k.name)))); err != nil {
		return nil, fmt.Errorf("make %s: %w", k.name, err)
	}
	s.originals[k.name] = o
	return o, nil
}

func (o *original) write(random *rand.ChaCha8) error {
	if o.small == 0 {
		return o.add("", o.kind.bytes, random)
	}
	for _, dir := range []string{"a", "b/c", "empty"} {
		if err := os.MkdirAll(filepath.Join(o.path, dir), 0o750); err != nil {
			return err
		}
	}
	names := []string{"b/large"}
	for i := range o.small {
		names = append(names, filepath.Join([]string{".", "a", "b/c"}[i%3], fmt.Sprintf("small-%03d", i)))
	}
	slices.Sort(names)
	sizes := rand.New(random)
	for _, name := range names {
		bytes := sizes.Int64N(40 << 10)
		if name == "b/large" {
			bytes = o.kind.bytes
		}
		if err := o.add(name, bytes, random); err != nil {
			return err
		}
	}
	return os.Symlink("b/large", filepath.Join(o.path, "link"))
}

// add writes one more file.
func (o *original) add(name string, bytes int64, random io.Reader) error {
	path := filepath.Join(o.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	filled := bytes
	if o.hole {
		filled /= 2
	}
	if _, err := io.CopyN(io.MultiWriter(f, sum), random, filled); err != nil {
		return err
	}
	if err := o.pad(f, sum, bytes-filled); err != nil {
		return err
	}
	o.files = append(o.files, file{filepath.ToSlash(name), bytes, hex.EncodeToString(sum.Sum(nil))})
	o.bytes += bytes
	if err := f.Close(); err != nil {
		return err
	}
	at := time.Unix(1e9+int64(len(o.files)), 123456789) // not now, so that it can be seen to be kept
	return os.Chtimes(path, at, at)
}

// pad ends the file with a hole.
func (o *original) pad(f *os.File, sum hash.Hash, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := io.CopyN(sum, zeros{}, bytes); err != nil {
		return err
	}
	return f.Truncate(info.Size() + bytes)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// list is the checksum list that is to come out, with each file's name below prefix.
func (o *original) list(prefix string) string {
	var b strings.Builder
	for _, f := range o.files {
		fmt.Fprintf(&b, "%s  %s\n", f.sum, path.Join(prefix, f.name))
	}
	return b.String()
}

// names are all things of the original, by their paths below it.
func names(root string) (map[string]fs.FileInfo, error) {
	found := map[string]fs.FileInfo{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err == nil {
			found[below], err = d.Info()
		}
		return err
	})
	return found, err
}
