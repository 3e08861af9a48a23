package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

const (
	lockSuffix = ".lock"
	// pidSize is enough for any process id in digits.
	pidSize = 20
)

// ErrLocked is what errors.Is finds in every [LockedError].
var ErrLocked = errors.New("checkpoint: the job is running already")

// LockedError says who holds a lock.
type LockedError struct {
	Job string
	PID int // as the holder wrote it; 0 if it is not known
}

// Error says what to do.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("job %q is being run by %s: wait for it, or stop it, and run again", e.Job, who)
}

// Is makes every LockedError an [ErrLocked].
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// JobLock is a job that nobody else may run. The kernel releases it when the
// process dies, however it does.
type JobLock struct {
	dir  *disk.Root
	job  string
	name string
	file *os.File
}

// Lock makes this process the only one that runs the job, until Unlock. It does
// not wait: where another process, or another JobLock of this one, holds the lock,
// the error is a [*LockedError]. It is [errors.ErrUnsupported] on a system that has
// no lock which ends with its holder. d must stay open for as long as the lock.
func Lock(ctx context.Context, d *disk.Root, job string) (*JobLock, error) {
	err := context.Cause(ctx)
	if err == nil {
		err = checkID("job", job, 1)
	}
	if err != nil {
		return nil, fmt.Errorf("lock job %q: %w", job, err)
	}
	l := &JobLock{dir: d, job: job, name: nameOf(job, lockSuffix)}
	for {
		err := l.take()
		switch {
		case err == nil:
			return l, nil
		case errors.Is(err, disk.ErrHeld):
			return nil, &LockedError{Job: job, PID: l.holder()}
		case !errors.Is(err, errRemoved):
			return nil, fmt.Errorf("lock job %q: %w", job, err)
		}
	}
}

// errRemoved says that the file was locked only when its holder had removed it.
var errRemoved = errors.New("removed by its holder")

// take opens the file and locks it, which are two steps: in between, whoever held
// the lock may have removed the file, and a third process made a new one.
func (l *JobLock) take() error {
	f, err := l.dir.Root.OpenFile(l.name, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	if err := l.hold(f); err != nil {
		_ = f.Close() // which releases it too
		return err
	}
	l.file = f
	return nil
}

func (l *JobLock) hold(f *os.File) error {
	locked, err := f.Stat()
	if err != nil {
		return err
	}
	if err := checkFile(locked); err != nil {
		return err
	}
	if err := disk.TryLock(f); err != nil {
		return err
	}
	named, err := l.dir.Lstat(l.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errRemoved
	case err != nil:
		return err
	}
	if err := checkFile(named); err != nil {
		return err // a link, which would lead to another file every time
	}
	if !os.SameFile(locked, named) {
		return errRemoved
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// holder is who wrote its id into the file; 0 if nobody did, or not yet.
func (l *JobLock) holder() int {
	f, err := l.dir.Root.Open(l.name)
	if err != nil {
		return 0
	}
	defer f.Close()
	digits, err := io.ReadAll(io.LimitReader(f, pidSize))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(digits)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// Unlock lets others run the job. It is called once.
func (l *JobLock) Unlock() error {
	if err := errors.Join(l.removeHeld(), l.file.Close()); err != nil {
		return fmt.Errorf("unlock job %q: %w", l.job, err)
	}
	return nil
}
