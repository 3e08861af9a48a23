package disktest

import (
	"io/fs"
	"sync"
	"time"
)

// system is the file system of a [Losing] and of the directories in it.
type system struct {
	mu    sync.Mutex // guards what follows, all directories and all inodes
	top   *Losing
	open  map[*inode]int // handles on each
	ticks int64
}

// directory makes one that has no name yet.
func (s *system) directory(perm fs.FileMode) *Losing {
	l := &Losing{system: s, shown: map[string]*inode{}, lasting: map[string]*inode{}}
	l.self = &inode{number: 1, mode: fs.ModeDir | perm.Perm(), names: l}
	return l
}

func (s *system) tickLocked() int64 {
	s.ticks++
	return s.ticks * int64(time.Second)
}

// freeNumberLocked is the least that no file has, not even one that a power cut
// might bring back. Real file systems are as quick to use a number again.
func (s *system) freeNumberLocked() uint64 {
	used := map[uint64]bool{}
	for n := range s.filesLocked() {
		used[n.number] = true
	}
	number := uint64(1)
	for used[number] {
		number++
	}
	return number
}

// each calls do with all files, also those without a name.
func (s *system) each(do func(*inode)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.filesLocked() {
		do(n)
	}
}

// filesLocked are those that have a name, or had one that a power cut may bring
// back, or are open, and the directories.
func (s *system) filesLocked() map[*inode]bool {
	files := map[*inode]bool{}
	s.top.self.collect(files)
	for n := range s.open {
		files[n] = true
	}
	return files
}

// collect adds the inode to files, and all beneath it.
func (n *inode) collect(files map[*inode]bool) {
	if n == nil || files[n] { // nil is a name that was taken away
		return
	}
	files[n] = true
	if n.names == nil {
		return
	}
	for _, names := range []map[string]*inode{n.names.shown, n.names.lasting} {
		for _, below := range names {
			below.collect(files)
		}
	}
	for _, c := range n.names.pending {
		for _, below := range c.names {
			below.collect(files)
		}
	}
}
