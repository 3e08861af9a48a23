package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Publish gives the file its final name, once it was finished and synced. It is
// there lastingly after SyncNames of the folder. Where it returns an error the
// target is what it was, and Abort or Leave is still to be called; except where the
// error says that the file is in place.
func (s *Sink) Publish(ctx context.Context) error {
	return s.turn(ctx, "publish", func() error {
		err := s.publish()
		if s.phase == inPlace {
			err = both(err, s.release())
		}
		return err
	}, synced)
}

func (s *Sink) publish() error {
	if s.unnamed != nil {
		if placed, err := s.link(); placed || err != nil {
			return err
		}
	}
	return s.rename()
}

// link gives a file without a name its own or, where something has that, a temporary one.
func (s *Sink) link() (placed bool, err error) {
	err = fs.ErrExist
	if s.old.Inode == 0 {
		err = s.unnamed.LinkAs(s.name)
	}
	if errors.Is(err, fs.ErrExist) {
		return false, s.nameTemp()
	}
	if err != nil {
		return false, err
	}
	s.phase = inPlace
	s.folder.folder.names.oweLink()
	s.final = s.seen.Identity
	s.final.ChangeTime = 0
	if err := s.file.Close(); err != nil {
		return true, fmt.Errorf("the file is in place, but could not be closed: %w", err)
	}
	return true, nil
}

// nameTemp gives a file its temporary name that has none yet.
func (s *Sink) nameTemp() error {
	if s.unnamed == nil {
		return nil
	}
	s.temp = s.folder.target.tempName()
	if err := s.unnamed.LinkAs(s.temp); err != nil {
		return err
	}
	s.unnamed = nil
	if s.phase == synced {
		s.folder.folder.names.oweLink() // since that was before it had a name
	} else {
		s.folder.folder.names.touch()
	}
	return nil
}

// rename closes first, which is checked: network file systems write there.
func (s *Sink) rename() error {
	is, err := s.itself()
	if err != nil {
		return err
	}
	if err := s.file.Close(); err != nil {
		s.lose()
		return err
	}
	m := move{folder: s.folder.folder, temp: s.temp, name: s.name}
	err = m.make(is)
	if m.placed {
		s.phase, s.final = inPlace, m.final
	}
	return err
}

// Commit does all that is left to do: it finishes the file as it is, syncs it,
// publishes it and syncs the directory. Where it returns an error the target is
// what it was, and Abort is still to be called; except where the error says
// that the file is in place, which then only a power cut can undo.
func (s *Sink) Commit(ctx context.Context) error {
	return s.turn(ctx, "commit", func() error {
		err := s.conclude()
		if s.phase != inPlace {
			return err
		}
		return both(err, s.last(s.folder.syncNames(context.WithoutCancel(ctx))))
	}, writing, finished, synced)
}

// last gives the folder back when the file is in place and the directory was synced,
// or was not.
func (s *Sink) last(err error) error {
	if err = both(err, s.release()); err != nil {
		return fmt.Errorf("the file is in place, but may not survive a power cut: sync directory: %w", err)
	}
	return nil
}

// conclude syncs after the change of mode, so that both are on the disk before the
// name is.
func (s *Sink) conclude() error {
	if s.phase == writing {
		if lost, err := s.finish(Meta{}, s.length.Load()); lost != nil || err != nil {
			return both(lost, err)
		}
	}
	if s.phase == finished {
		if err := s.syncNamed(); err != nil {
			return err
		}
	}
	return s.publish()
}

// Leave ends the sink and keeps the temporary file to be resumed. It is an error,
// and Abort still to be called, where CreateLike has made it, which keeps nothing, or where
// a Sync has failed: what was written since the one before may be lost, and would not be
// missed.
func (s *Sink) Leave(context.Context) error {
	s.ending.Lock()
	defer s.ending.Unlock()
	s.failing.Lock()
	unsynced, failed := s.unsynced, s.failed
	s.failing.Unlock()
	switch {
	case s.phase >= inPlace:
		return s.fail("leave", errEnded)
	case s.alike:
		return s.fail("leave", errUnnamed)
	}
	if unsynced {
		return s.fail("leave", failed)
	}
	s.phase = ended
	err := s.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil // by a Publish that did not succeed
	}
	if err = both(err, s.release()); err != nil {
		return s.fail("leave", err)
	}
	return nil
}

// Abort removes the temporary file. The target stays as it is.
func (s *Sink) Abort(context.Context) error {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.phase >= inPlace {
		return nil
	}
	s.phase = ended
	if err := both(s.discard(), s.release()); err != nil {
		return s.fail("abort", err)
	}
	return nil
}

// release gives the folder back.
func (s *Sink) release() error {
	err := cause(s.folder.Close())
	if s.alone != nil {
		err = both(err, s.alone.Close())
	}
	return err
}
