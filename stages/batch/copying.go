package batch

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// Verify says how a copy is held against what was read.
type Verify uint8

const (
	// VerifyMedium reads the copy back from the medium once it was synced: its pages
	// are dropped from the cache first.
	VerifyMedium Verify = iota
	// VerifyCache reads it back from wherever the system has it.
	VerifyCache
	// VerifyNone does not read it back.
	VerifyNone
)

// Copying is what [Copy] does with every file. It may be used for one batch.
type Copying struct {
	Options
	// Target is where everything goes; required.
	Target *local.Target
	// Place is the name below the target of what a walk has come to; required.
	Place func(File) string
	// Algorithms are the digests of what is read, of which there is at least one
	// unless Verify is VerifyNone.
	Algorithms []digest.Algorithm
	Verify     Verify
	// Keep is what a copy has of its original besides the bytes. Zero is permissions
	// and times.
	Keep local.Keep
	// HardLinks makes one file of all that are names of one.
	HardLinks bool
	// Update leaves alone what has the size and the modification time of its
	// original.
	Update bool

	// Resume keeps where large files are.
	Resume Resume
	// Job is the id of the job in the records of its files, letters and digits. Nobody
	// else may run it at the same time.
	Job string
	// Again says that the job has run before: unfinished files that it left behind, and
	// that no record speaks of, are removed.
	Again bool
	// Journal keeps which files are done; nil means that this is not kept.
	Journal *checkpoint.Journal
	// Scope is told of what is unfinished, so that it is taken away at the latest
	// when the scope is closed, which is the caller's to do. Required.
	Scope *cleanup.Scope
	// Retrying, when set, is told of a file that failed for the moment.
	Retrying func(path string, f retry.Failure)

	// Arrived counts the bytes that were written, Reread those that were read back,
	// Active the files at work, and Retries the attempts beyond the first of a file.
	// All may be read while the batch runs.
	Arrived, Reread, Active, Retries atomic.Int64
	// Cached counts the copies that were read back from the cache though the medium
	// was asked for, because the file system does not let go of its pages.
	Cached atomic.Int64

	sets sets
	room room
}

// Outcome is what a copy came to.
type Outcome uint8

// The outcomes.
const (
	Copied   Outcome = iota + 1 // its bytes, now
	UpToDate                    // it was there before, by size and time
	Known                       // the job had done it in an earlier run
	Linked                      // it is another name of a file that was copied
	Made                        // a directory, or a symbolic link
)

// CopyResult is what became of one thing that the walk came to.
type CopyResult struct {
	File
	// Name is the copy's, below the target.
	Name    string
	Outcome Outcome // where Err is nil
	Size    int64   // bytes
	// Sums are the digests of what was read, in the order of the algorithms, unless
	// nothing was. Another name of a file has the file's.
	Sums [][]byte
	// Lost, where it is not nil, says what of the metadata could not be kept; the
	// bytes are right.
	Lost error
	// Resumed is where the copy was continued, bytes; 0 where it was begun anew.
	Resumed int64

	stopped  bool                // it was told to stop in the middle
	verified bool                // it was read back while it was written
	pending  *pending            // what is left to do for it; nil when nothing is
	source   checkpoint.Identity // of what was read
	final    checkpoint.File     // the copy, by its name in its folder
	record   string              // the stream whose record goes when all is told; empty where there is none
	first    bool                // others are to be names of it
	linkTo   string              // the copy that it is to be a name of; empty for none
	last     bool                // no other is to be a name of it
}

// Unfinished says that the file was told to stop in the middle.
func (r CopyResult) Unfinished() bool { return r.stopped }

// In a group are as many files as share a commit: so many that the syncs are a small
// part of the work. Groups of 1,024 take a twentieth less time, and so much memory in a
// tree of many directories that all is held back: 30,000 files took 14 s and not 2.6.
const (
	groupFiles = 256
	groupEvery = 500 * time.Millisecond
	// groupsWaiting is how many groups of copies may wait for one that comes before them.
	groupsWaiting = 3
	// groupsUnderWay is how many there are behind those: one that is filled, one whose bytes
	// are synced, one that gets its names, and one on its way to each of the latter.
	groupsUnderWay = 5
	// perCopy is how many descriptors a copy has that waits: its own, and two of its
	// directory. A stream has three more: its file and its directory, and the copy once
	// more, while that is read back.
	perCopy   = 3
	perStream = 6
	// otherDescriptors are those of directories that nobody uses, and of small copies that
	// are read back.
	otherDescriptors = 64
	// manyStreams is more than a batch runs that finds out by itself how many are fastest.
	manyStreams = 64
)

// share divides the descriptors: a fifth of them is for streams, if they want so many, and
// the rest for copies that wait, all of them in directories of their own.
func (c *Copying) share() (group int) {
	group = groupFiles
	if c.MaxStreams > 0 {
		all := max(0, c.MaxStreams-otherDescriptors)
		c.MaxStreams = max(1, min(all/5/perStream, max(manyStreams, c.Control.Streams())))
		all -= c.MaxStreams * perStream
		group = min(group, max(1, all/((groupsWaiting+groupsUnderWay)*perCopy)))
	}
	if c.Window == 0 {
		c.Window = groupsWaiting * group
	}
	return group
}

// Copy copies what the walk hands on, and hands the results to out, in the order of
// the walk. What out is told of is in place and would survive a power cut, and was
// read back as Verify says. The walk is one with Directories and, for symbolic links
// as such, Links.
//
// An error of a file is its result's. The error that Copy returns is the walk's,
// out's, the context's cause, [stages.ErrStopped], or that of a file after which no
// other could be copied either, such as a full disk.
func Copy(ctx context.Context, walk pipeline.Source[File], c *Copying, out func(CopyResult) error) error {
	if c.Keep == 0 {
		c.Keep = local.KeepDefault
	}
	c.Target.SetOwner(c.Job)
	plan, err := newPlan(ctx, c)
	if err != nil {
		return err
	}
	defer plan.close()
	tail := copyTail{Copying: c, out: out, group: c.share()}
	c.room.descriptors = (groupsWaiting + groupsUnderWay) * tail.group
	defer c.room.wait()
	return run(ctx, plan.of(walk), c.copy, tail.after, c.Options)
}

// copy does for one item what can be done beside others.
func (c *Copying) copy(ctx context.Context, i copyItem) *CopyResult {
	r := &CopyResult{File: i.File, Name: i.name, Outcome: i.outcome, Size: i.size, Sums: i.sums, final: i.final, first: i.first, linkTo: i.linkTo, last: i.last}
	if r.linkTo != "" {
		r.Outcome = Linked
	}
	if r.Err != nil || r.Outcome != 0 {
		return r
	}
	c.Active.Add(1)
	defer c.Active.Add(-1)
	c.room.another()
	r.Err = apart(func() error {
		if i.Kind == SymbolicLink {
			return c.symlink(ctx, r)
		}
		return c.file(ctx, r)
	})
	r.stopped = errors.Is(r.Err, stages.ErrStopped)
	return r
}

// workers is how many goroutines hash subtrees of one stream, or read back: two
// overlap reading and hashing even on one core.
func workers() int { return max(2, runtime.GOMAXPROCS(0)) }
