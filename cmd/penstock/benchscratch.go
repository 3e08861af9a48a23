package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// scratch is the directories that a benchmark makes, and takes away whatever ends it.
type scratch struct {
	mu   sync.Mutex // guards dirs
	dirs []string
}

// scratchName is what they are called: hidden, so that nobody lists them by accident.
const scratchName = ".penstock-bench-"

// in makes one in dir.
func (s *scratch) in(dir string) (string, error) {
	made, err := os.MkdirTemp(dir, scratchName)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirs = append(s.dirs, made)
	return made, nil
}

// remove removes them all.
func (s *scratch) remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, dir := range s.dirs {
		if err := removeAll(dir); err != nil {
			errs = append(errs, fmt.Errorf("remove %s: %w; remove it by hand", quoted(dir), reason(err)))
		}
	}
	s.dirs = nil
	if len(errs) == 0 {
		return nil
	}
	return fatal(errors.Join(errs...))
}

// undo removes what it can, for a command that cannot be waited for.
func (s *scratch) undo() { _ = s.remove() }

// removeAll removes a tree, read-only directories too: copies are as their originals.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // it is ours, and about to go
		}
		return nil // what cannot be changed, the removal tells of
	})
	return os.RemoveAll(dir)
}
