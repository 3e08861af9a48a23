package disktest

import "sync"

// system is the file system of some [Losing] directories: what SyncFilesystem
// syncs.
type system struct {
	mu          sync.Mutex // taken before that of a directory
	directories []*Losing  // guarded by mu
}

// Beside makes another empty directory on the file system of l. Nothing can be
// renamed from the one to the other.
func (l *Losing) Beside() *Losing { return l.system.add() }

func (s *system) add() *Losing {
	l := &Losing{system: s, shown: map[string]*inode{}, lasting: map[string]*inode{}, open: map[*inode]int{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.directories = append(s.directories, l)
	return l
}

// each calls do with all files of the system, also those without a name.
func (s *system) each(do func(*inode)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.directories {
		l.mu.Lock()
		for n := range l.filesLocked() {
			do(n)
		}
		l.mu.Unlock()
	}
}

// names calls do with all directories of the system, whose lock is held.
func (s *system) names(do func(*Losing)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.directories {
		l.mu.Lock()
		do(l)
		l.mu.Unlock()
	}
}

// filesLocked are those that have a name, or had one that a power cut may bring
// back, or are open.
func (l *Losing) filesLocked() map[*inode]bool {
	files := map[*inode]bool{}
	for _, names := range []map[string]*inode{l.shown, l.lasting} {
		for _, n := range names {
			files[n] = true
		}
	}
	for _, c := range l.pending {
		for _, n := range c.names {
			files[n] = true
		}
	}
	for n := range l.open {
		files[n] = true
	}
	delete(files, nil) // a name that was taken away
	return files
}
