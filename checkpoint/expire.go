package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// Retention is how long records and journals are kept: who has not come back to a
// copy for so long will not.
const Retention = 7 * 24 * time.Hour

// unfinishedFor is how long an unfinished file is kept of which nobody can tell whether
// its process was killed. It takes a few milliseconds to become a record.
const unfinishedFor = time.Hour

// Expire removes what is older than [Retention] at now: records by their Time;
// records that cannot be used and journals by when they were written last. It removes
// unfinished files whose process was killed too; where there are no locks that tell, as
// on Windows, those that are an hour old. Nothing else expires by itself, so that no
// record goes while somebody looks at it: a command calls this once when it starts.
// Locks stay.
//
// discard, if it is not nil, is called with each record before it is removed, and
// should remove the temporary file that nothing else names. A record of which it
// returns an error stays. All errors are returned together, and keep nothing else
// from being removed.
func (s *FileStore) Expire(ctx context.Context, now time.Time, discard func(context.Context, Record) error) error {
	var failed []error
	for name, err := range s.names(ctx) {
		if err == nil {
			err = s.expire(ctx, name, now, discard)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("expire: %w", err))
		}
	}
	return errors.Join(failed...)
}

// expire removes a file if it is ours and too old. What is removed need not last:
// if it comes back, it expires again.
func (s *FileStore) expire(
	ctx context.Context, name string, now time.Time, discard func(context.Context, Record) error,
) error {
	switch {
	case strings.HasSuffix(name, tempSuffix):
		return s.expireUnfinished(name, now)
	case strings.HasSuffix(name, journalSuffix):
		return s.expireUnwritten(name, now, Retention)
	case !strings.HasSuffix(name, recordSuffix):
		return nil
	}
	r, err := s.load(name)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && now.Sub(r.Time) <= Retention:
		return nil
	case errors.Is(err, ErrUnusable):
		return s.expireUnwritten(name, now, Retention)
	case err == nil && discard != nil:
		err = discard(ctx, r)
	}
	if err != nil {
		return err
	}
	return removeIfThere(s.dir, name)
}

// expireUnfinished removes an unfinished file that nobody is writing.
func (s *FileStore) expireUnfinished(name string, now time.Time) error {
	if disk.RemoveAbandoned(s.dir, name) == nil {
		return nil
	}
	return s.expireUnwritten(name, now, unfinishedFor)
}

// expireUnwritten removes a file that nobody has written to for too long.
func (s *FileStore) expireUnwritten(name string, now time.Time, after time.Duration) error {
	info, err := s.dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case now.Sub(info.ModTime()) <= after:
		return nil
	}
	return removeIfThere(s.dir, name)
}
