package checkpoint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

const journalSuffix = ".journal"

// journalFrame is what a journal begins with; its payload is the job's id.
var journalFrame = frame{magic: "PENSTJNL", version: 1}

// errClosed is what a journal returns that was closed.
var errClosed = errors.New("the journal was closed")

// Journal is the list of the files that a job has finished, in the order in which
// they were appended. A job appends in the order of its walk; when it is run again
// it reads the list beside a new walk, as one merges two sorted lists, and passes
// over every file whose entry still fits. Neither needs memory for the whole. An
// entry that was appended out of that order is only missed by the merge, and its
// file read again.
//
// Behind the header each entry is its length, its bytes, and a CRC-32C that runs
// over everything since the header's own: an entry is good only behind the very
// ones that it was written behind. Whatever was cut or flipped ends the list, and
// nothing after it is believed.
//
// Append and Sync may be called by several goroutines, and Entries meanwhile. A
// job has one process, which holds its [Lock].
type Journal struct {
	file    disk.File
	job     string
	start   int64  // where the first entry is
	origin  uint32 // the header's sum
	dropped int64

	mu      sync.Mutex // guards what follows
	end     int64      // where the next entry goes
	sum     uint32     // of all before end
	scratch []byte     // what Append encodes into
	failed  error      // after it, nothing is written
}

// Dropped is how many bytes at the end of the journal were damaged when it was
// opened, and cut off. After a crash there may be some; the files they spoke of
// are read again.
func (j *Journal) Dropped() int64 { return j.dropped }

// Append adds an entry. It is in the kernel's hands then and outlives the process,
// but not a power cut before Sync. An entry of more than [MaxSize] bytes is
// [ErrTooLarge] and harms nothing; after any other error only Close is left.
func (j *Journal) Append(ctx context.Context, e Entry) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.fail("append to", j.failed)
	}
	if err := j.encodeLocked(&e); err != nil {
		return j.fail("append to", fmt.Errorf("%q: %w", e.Path, err))
	}
	body := j.scratch[:len(j.scratch)-sumSize]
	if _, err := j.file.WriteAt(j.scratch, j.end); err != nil {
		return j.poisonLocked("append to", err)
	}
	j.end += int64(len(j.scratch))
	j.sum = crc32.Update(j.sum, castagnoli, body)
	return nil
}

// encodeLocked puts the entry into scratch as it is to stand in the file.
func (j *Journal) encodeLocked(e *Entry) error {
	if e.Path == "" {
		return errors.New("the entry has no path")
	}
	b := e.encode(append(j.scratch[:0], 0, 0, 0, 0))
	n := len(b) - 4
	if n > MaxSize {
		return refuse(ErrTooLarge, "%d bytes, and it may have %d", n, MaxSize)
	}
	binary.LittleEndian.PutUint32(b, uint32(n)) //nolint:gosec // bounded by MaxSize
	j.scratch = binary.LittleEndian.AppendUint32(b, crc32.Update(j.sum, castagnoli, b))
	return nil
}

// Sync returns nil once all entries that were appended before it would survive a
// power cut. One Sync serves as many of them as the caller likes; Append waits for
// it. After an error only Close is left: a second sync would say that all is well.
func (j *Journal) Sync(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.fail("sync", j.failed)
	}
	if err := j.file.Sync(); err != nil {
		return j.poisonLocked("sync", err)
	}
	return nil
}

// Close closes the file, and syncs nothing. It may be called again.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if errors.Is(j.failed, errClosed) {
		return nil
	}
	j.failed = errClosed
	if err := j.file.Close(); err != nil {
		return j.fail("close", err)
	}
	return nil
}

func (j *Journal) poisonLocked(verb string, err error) error {
	j.failed = fmt.Errorf("an earlier write or sync went wrong: %w", err)
	return j.fail(verb, err)
}

func (j *Journal) fail(verb string, err error) error {
	return fmt.Errorf("%s journal of job %q: %w", verb, j.job, err)
}
