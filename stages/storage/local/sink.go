package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/stages/storage"
)

// phase is how far a sink has come. What is called out of its turn is an error.
type phase int

const (
	writing  phase = iota
	finished       // nothing is written any more, and the metadata is set
	synced         // finished, and on the medium
	inPlace        // under its final name
	ended          // the temporary file was left to be resumed, or removed
)

var (
	errEnded       = errors.New("was committed or aborted already")
	errFinished    = errors.New("was finished already")
	errNotFinished = errors.New("is not finished and synced")
	errUnnamed     = errors.New("may have no name")
)

// Sink writes one file in the target's directory, under a temporary name or none, and gives
// it the target's name when it is complete and on the disk. [Sink.Commit] does all
// that at once. A stream that records how far it has come takes the steps one by
// one, and saves its record between them: Sync whenever it wants to, then Finish,
// Sync, Publish, and SyncNames of the folder. Leave keeps the temporary file, so
// that Folder.Resume can go on with it.
//
// After a write that failed only Abort and Leave are left, after a Sync only Abort.
type Sink struct {
	folder *Folder
	alone  *Target // ends with the sink; nil where the target is the caller's
	path   string  // where it is not the folder's and the name
	file   disk.File
	opened time.Time           // after this nothing had been written
	old    checkpoint.Identity // of the file that it replaces
	mode   fs.FileMode         // that it gets where nobody says; of CreateLike, what it is made with
	alike  bool                // CreateLike has made it
	// unnamed is file as long as it has no name; nil from then on.
	unnamed disk.UnnamedFile
	seen    Status // as it was when it was finished; zero until then
	// name and temp are in the folder. temp is empty where there was none yet.
	name, temp string

	ending sync.RWMutex // held for reading by writes, so that all else waits for them
	phase  phase        // guarded by ending
	final  checkpoint.Identity

	failing  sync.Mutex
	failed   error // guarded by failing: the first error
	unsynced bool  // guarded by failing: it was one of a Sync

	length   atomic.Int64 // up to where it was written, bytes
	appended int64        // where Write goes on
}

var (
	_ storage.Sink   = (*Sink)(nil)
	_ storage.Grower = (*Sink)(nil)
	_ io.Writer      = (*Sink)(nil)
)

// Path is the target as the user would write it.
func (s *Sink) Path() string {
	if s.path != "" {
		return s.path
	}
	return s.folder.path(s.name)
}

// Replaces is the file that had the target's name when the sink was made; zero where
// there was none.
func (s *Sink) Replaces() checkpoint.Identity { return s.old }

// Identity is that of the file being written, which a walk through the target's
// directory would come across, and once it is published that of the final one, whose
// change time may be missing.
func (s *Sink) Identity(ctx context.Context) (checkpoint.Identity, error) {
	if err := context.Cause(ctx); err != nil {
		return checkpoint.Identity{}, err
	}
	s.ending.RLock()
	defer s.ending.RUnlock()
	if s.phase == inPlace {
		return s.final, nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return checkpoint.Identity{}, s.fail("stat", err)
	}
	return statusOfInfo(info).Identity, nil
}

// Temp is what a record says of the temporary file: its name in the folder, if it has one,
// and its identity now.
func (s *Sink) Temp(ctx context.Context) (checkpoint.File, error) {
	id, err := s.Identity(ctx)
	s.ending.RLock()
	defer s.ending.RUnlock()
	return checkpoint.File{Path: s.temp, Identity: id}, err
}

// Sync puts on the disk what was written before it was called, and may run beside
// other writes. After an error only Abort is left.
func (s *Sink) Sync(ctx context.Context) error {
	if done, err := s.syncWriting(ctx); done {
		return err
	}
	return s.turn(ctx, "sync", s.syncNamed, writing, finished, synced)
}

// syncWriting is Sync as long as the sink is being written to, which a sync must not
// keep waiting, unless the file has to be given a name.
func (s *Sink) syncWriting(ctx context.Context) (done bool, err error) {
	if err := context.Cause(ctx); err != nil {
		return true, err
	}
	s.ending.RLock()
	defer s.ending.RUnlock()
	if s.usable(writing) != nil || s.unnamed != nil {
		return false, nil
	}
	return true, s.poison("sync", s.sync())
}

// itself tells the file's info from others.
func (s *Sink) itself() (func(fs.FileInfo) bool, error) {
	if seen := s.seen.ifKnown(); seen != nil {
		return func(info fs.FileInfo) bool { return statusOfInfo(info).Identity.SameFile(seen.Identity) }, nil
	}
	written, err := s.file.Stat()
	return func(info fs.FileInfo) bool { return same(info, written) }, err
}

// turn calls do, which holds ending then, if it is its turn in one of the phases.
func (s *Sink) turn(ctx context.Context, op string, do func() error, in ...phase) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.ending.Lock()
	defer s.ending.Unlock()
	if err := s.usable(in...); err != nil {
		return s.fail(op, err)
	}
	return s.poison(op, do())
}

// syncNamed gives a file a name first that has none: a sync of such a one is not relied on.
func (s *Sink) syncNamed() error {
	if err := s.nameTemp(); err != nil {
		return err
	}
	return s.sync()
}

func (s *Sink) sync() error { return s.noteSync(s.file.Sync()) }

// noteSync draws the conclusion from a sync of the file. After one that failed what
// was written cannot be relied on: the kernel counts as clean what did not reach the
// medium.
func (s *Sink) noteSync(err error) error {
	switch {
	case err != nil:
		s.lose()
	case s.phase == finished:
		s.phase = synced
	}
	return err
}

func (s *Sink) lose() {
	s.failing.Lock()
	defer s.failing.Unlock()
	s.unsynced = true
}

// usable is nil in any of the phases, unless something has gone wrong before.
func (s *Sink) usable(phases ...phase) error {
	s.failing.Lock()
	defer s.failing.Unlock()
	switch {
	case s.phase >= inPlace:
		return errEnded
	case s.failed != nil:
		return s.failed
	}
	switch {
	case slices.Contains(phases, s.phase):
		return nil
	case s.phase == writing:
		return errNotFinished
	default:
		return errFinished
	}
}

// poison keeps the first error: what follows on it cannot be trusted. After a
// failed sync above all, the pages may be dropped and the next sync says nil.
func (s *Sink) poison(op string, err error) error {
	if err == nil {
		return nil
	}
	err = cause(err)
	s.failing.Lock()
	defer s.failing.Unlock()
	if s.failed == nil {
		s.failed = fmt.Errorf("an earlier %s went wrong: %w", op, err)
	}
	return s.fail(op, err)
}

func (s *Sink) fail(op string, err error) error { return failAt(op, s.Path(), err) }
