package local

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint/disk"
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
	f := finishing{File: s.file}
	lost = preserve(&f, &m)
	if f.err != nil {
		return nil, f.err
	}
	if has := f.seen.Identity.Size; has != size {
		return nil, fmt.Errorf("has %d bytes, and was to have %d", has, size)
	}
	s.seen, s.phase = f.seen, finished
	return lost, nil
}

// finishing is a file that is looked at before its permissions are set, which is the last
// that happens to it: they may be what they are to be.
type finishing struct {
	disk.File
	seen Status
	err  error // that it could not be seen
}

// Chmod is err where the file could not be looked at, which loses no permissions.
func (f *finishing) Chmod(mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil {
		f.err = err
		return err
	}
	if f.seen = statusOfInfo(info); f.seen.Mode == mode {
		return nil
	}
	return f.File.Chmod(mode)
}
