package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
)

// Resume goes on with the temporary file of an earlier sink for name at offset: what
// lies behind is cut off. The error is storage.ErrChanged, and nothing was touched,
// where the file is not the one that temp says, or is shorter.
func (d *Folder) Resume(ctx context.Context, name string, temp checkpoint.File, offset int64) (*Sink, error) {
	s := &Sink{name: name, temp: temp.Path}
	return d.begin(ctx, s, func(old fs.FileInfo) error {
		if err := checkPart(s.temp); err != nil {
			return err
		}
		if err := s.reopen(temp.Identity, offset); err != nil {
			return err
		}
		if old == nil {
			return s.probeMode()
		}
		s.mode = old.Mode().Perm()
		return nil
	})
}

// probeMode finds out what mode a new file gets, with one that it removes again.
func (s *Sink) probeMode() error {
	if s.knowMode() {
		return nil
	}
	probe := &Sink{folder: s.folder}
	err := probe.openNew()
	if err == nil {
		s.mode = probe.mode
		err = probe.discard()
	}
	if err != nil {
		return both(err, s.file.Close())
	}
	return nil
}

// reopen opens the temporary file if it is the one that was recorded.
func (s *Sink) reopen(recorded checkpoint.Identity, offset int64) error {
	info, err := s.folder.folder.disk.Lstat(s.temp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return notResumed("is gone")
	case err != nil:
		return err
	case !ours(info, recorded):
		return notResumed("was replaced by another")
	}
	if err := s.openTemp(nonblocking, 0); err != nil {
		return err
	}
	if err := s.cut(recorded, offset); err != nil {
		return both(err, s.file.Close())
	}
	return nil
}

// cut looks again, now that nothing can be swapped any more.
func (s *Sink) cut(recorded checkpoint.Identity, offset int64) error {
	info, err := s.file.Stat()
	switch {
	case err != nil:
		return err
	case !ours(info, recorded):
		return notResumed("was replaced by another")
	case info.Size() < offset || offset < 0:
		return notResumed(fmt.Sprintf("has %d bytes, and %d are said to be safe", info.Size(), offset))
	}
	s.appended = offset
	s.length.Store(offset)
	return s.file.Truncate(offset)
}

func notResumed(why string) error {
	return changedError("cannot be resumed: the temporary file " + why)
}
