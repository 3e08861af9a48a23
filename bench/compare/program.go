package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
)

// place is where a run may leave what it makes. It is a directory of its own on the
// file system of the corpus, made before the run and removed after it, outside of its
// time.
type place struct{ dir string }

func (p place) path(name string) string { return filepath.Join(p.dir, name) }

// program is one way to do a job.
type program struct {
	name string
	args func(place) []string
	// before, when set, prepares a run, outside of its time.
	before func(context.Context, place) error
	// result, when set, is the digests that a run has come to where it does not print
	// them. It is asked in the first pair only, outside of the time.
	result func(place) (string, error)
}

// peer is a program of somebody else's that penstock is held against.
type peer struct {
	program
	target float64  // the most that penstock's time may be of this one's; zero means no promise
	needs  []string // programs that must be installed
}

// missing are the programs that are not there.
func (p peer) missing() (names []string) {
	for _, name := range p.needs {
		if _, err := exec.LookPath(name); err != nil {
			names = append(names, name)
		}
	}
	return names
}

// packages are Debian's names of what the peers come in.
var packages = map[string]string{
	"sha256sum": "coreutils", "sha512sum": "coreutils", "md5sum": "coreutils", "b2sum": "coreutils",
	"cp": "coreutils", "sync": "coreutils", "find": "findutils", "xargs": "findutils",
	"openssl": "openssl", "rclone": "rclone", "b3sum": "b3sum", "xxhsum": "xxhash",
	"hashdeep": "hashdeep", "rhash": "rhash", "rsync": "rsync",
}

// job is something that people do, in all the ways they do it.
type job struct {
	name  string
	make  func() error // its corpus
	path  string       // where that is
	many  bool         // so many files that a run's are not removed before the job is done
	ours  program
	peers []peer
}

// printing is a program that reads the corpus and prints digests.
func printing(name string, args ...string) program {
	return program{name: name, args: func(place) []string { return args }}
}

// beside is such a program of somebody else's, whose last argument is the corpus.
func beside(target float64, args ...string) peer {
	return peer{printing(strings.Join(args[:len(args)-1], " "), args...), target, args[:1]}
}

// shell is a command line for the shell, in which $1 is a path.
func shell(target float64, line, path string, needs ...string) peer {
	return peer{printing(line, "sh", "-c", line, "sh", path), target, needs}
}

// loop is one of the hand-written loops, which are always there.
func loop(name string, target float64, args ...string) peer {
	return peer{printing("hand-written loop, "+name, args...), target, nil}
}
