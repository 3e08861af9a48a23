package local

import (
	"context"
	"fmt"
	"os"
)

// Finish ends the writing: the file has size bytes then, those behind the last that
// were written a hole, and is given what m says. Without permissions in m it keeps
// those of the file that it replaces, or gets those of a new one. The owner is who
// wrote it, unless m says otherwise.
//
// Where the error is a [LostError] the bytes are as they were to be, and so is the
// phase: it is for the caller to go on or to Abort.
func (s *Sink) Finish(ctx context.Context, m Meta, size int64) error {
	var lost error
	err := s.turn(ctx, "finish", func() (err error) {
		if err = s.grow(size); err == nil {
			lost, err = s.finish(m, size)
		}
		return err
	}, writing)
	if err == nil && lost != nil {
		err = s.fail("finish", lost)
	}
	return err
}

// finish is called with ending held, as all below that begins in lower case.
func (s *Sink) finish(m Meta, size int64) (lost, err error) {
	m = m.withMode(s.mode)
	if m.Keep&KeepOwner != 0 && m.UID != os.Geteuid() { // whose file it is then may be asked
		if err := s.nameTemp(); err != nil {
			return nil, err
		}
	}
	var all losses
	mode := preserve(s.file, &m, &all)
	info, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != size {
		return nil, fmt.Errorf("has %d bytes, and was to have %d", info.Size(), size)
	}
	s.seen = statusOfInfo(info)
	if s.seen.Mode != mode {
		all.note("permissions", s.file.Chmod(mode))
	}
	s.phase = finished
	return all.err(), nil
}
