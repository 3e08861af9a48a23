package checkpoint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// OpenJournal opens the journal of a job in d, or begins one. What a crash left
// half written at its end is cut off. The error is [ErrUnusable] where the journal
// cannot be trusted at all; [RemoveJournal] makes way for a new one then, and the
// job reads its files again. d must stay open for as long as the journal.
func OpenJournal(ctx context.Context, d disk.Directory, job string) (*Journal, error) {
	j, err := openJournal(ctx, d, job)
	switch {
	case err == nil:
		return j, nil
	case errors.Is(err, ErrUnusable):
		return nil, fmt.Errorf("open journal of job %q: %w; remove it, and the job reads again what it has finished", job, err)
	default:
		return nil, fmt.Errorf("open journal of job %q: %w", job, err)
	}
}

// CountEntries says how many entries the journal of a job has, and changes nothing:
// neither what a crash left half written, nor what whoever runs the job appends
// meanwhile. The error is fs.ErrNotExist where there is no journal, and
// [ErrUnusable] where it cannot be trusted.
func CountEntries(ctx context.Context, d disk.Directory, job string) (int, error) {
	n, err := countEntries(ctx, d, job)
	if err != nil {
		return 0, fmt.Errorf("read journal of job %q: %w", job, err)
	}
	return n, nil
}

func countEntries(ctx context.Context, d disk.Directory, job string) (int, error) {
	if err := checkID("job", job, 1); err != nil {
		return 0, err
	}
	f, err := openPrivate(d, nameOf(job, journalSuffix), os.O_RDONLY)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	j := &Journal{file: f, job: job}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return j.scan(ctx, info.Size())
}

// RemoveJournal removes the journal of a job that is done, or whose journal is not
// to be used. Once it has returned nil the journal does not come back. There need
// not be one.
func RemoveJournal(ctx context.Context, d disk.Directory, job string) error {
	err := context.Cause(ctx)
	if err == nil {
		err = checkID("job", job, 1)
	}
	if err == nil {
		err = removeIfThere(d, nameOf(job, journalSuffix))
	}
	if err == nil {
		err = disk.SyncNames(d)
	}
	if err != nil {
		return fmt.Errorf("remove journal of job %q: %w", job, err)
	}
	return nil
}

func openJournal(ctx context.Context, d disk.Directory, job string) (*Journal, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := checkID("job", job, 1); err != nil {
		return nil, err
	}
	name := nameOf(job, journalSuffix)
	f, err := openPrivate(d, name, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		if err := replace(d, name, journalFrame.encode([]byte(job))); err != nil {
			return nil, err
		}
		f, err = openPrivate(d, name, os.O_RDWR)
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{file: f, job: job}
	err = j.recover(ctx)
	if err == nil {
		err = disk.SyncNames(d) // also of one that was there: whoever began it may not have
	}
	if err != nil {
		_ = f.Close() // nothing was written that matters
		return nil, err
	}
	return j, nil
}

// recover finds the end of what is whole, and cuts off the rest.
func (j *Journal) recover(ctx context.Context) error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if _, err := j.scan(ctx, info.Size()); err != nil {
		return err
	}
	if j.dropped = info.Size() - j.end; j.dropped == 0 {
		return nil
	}
	return j.file.Truncate(j.end)
}

// scan finds the end of what is whole in a file of this size, and says how many
// entries that is.
func (j *Journal) scan(ctx context.Context, size int64) (entries int, err error) {
	if err := j.readHeader(size); err != nil {
		return 0, err
	}
	r := j.reader(size)
	for {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		_, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		entries++
	}
	j.end, j.sum = r.end, r.sum
	return entries, nil
}

// readHeader requires the header of a file of this size to be of this job.
func (j *Journal) readHeader(size int64) error {
	head := make([]byte, min(size, int64(frameExcess+MaxID)))
	if n, err := j.file.ReadAt(head, 0); err != nil {
		if !errors.Is(err, io.EOF) {
			return err
		}
		head = head[:n]
	}
	if len(head) >= headSize {
		head = head[:min(frameSize(head), int64(len(head)))]
	}
	job, err := journalFrame.decode(head)
	if err != nil {
		return err
	}
	if string(job) != j.job {
		return refuse(ErrForeign, "it is of job %q", job)
	}
	j.start, j.origin = int64(len(head)), binary.LittleEndian.Uint32(head[len(head)-sumSize:])
	return nil
}
