package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// jobSuffix ends the names of the files that say what a job is.
const jobSuffix = ".job"

// jobFile is what is kept of a job beside its journal and records: enough to run the
// same command again.
type jobFile struct {
	ID      string    `json:"id"`
	Args    []string  `json:"args"` // bytes that are no UTF-8 are written as in Go strings
	Dir     string    `json:"dir"`
	Target  string    `json:"target"` // where everything goes
	Started time.Time `json:"started"`
}

// jobID is the same for the same job: for the same sources on their way to the same
// place, with the flags that say what a copy is.
func jobID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// openJob is a job that this process runs.
type openJob struct {
	id      string
	path    string           // of the job's file; empty where nothing is kept
	store   checkpoint.Store // of records
	journal *checkpoint.Journal
	dir     *disk.Root
	lock    *checkpoint.JobLock
	again   bool // it has run before, to no end
}

// openJob makes this process the only one that runs the job, and opens what an
// earlier run has left of it. Where there is no place for that, it says so and does
// without.
func (c *copying) openJob(ctx context.Context) (*openJob, error) {
	j := &openJob{id: c.jobID()}
	path, err := statePath()
	if err == nil {
		j.dir, err = checkpoint.OpenDirectory(ctx, path)
	}
	if err != nil {
		if retry.Classify(err) == retry.Full {
			return nil, fatal(fmt.Errorf("keep what is done: %w", stateAdvice(err)))
		}
		c.con.line("what is done is not kept: %v; what is interrupted has to begin anew", stateAdvice(err))
		return j, nil
	}
	if err := j.take(ctx, path, c); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// take locks the job and opens its journal.
func (j *openJob) take(ctx context.Context, path string, c *copying) (err error) {
	j.lock, err = lockJob(ctx, j.dir, j.id)
	if locked, ok := errors.AsType[*checkpoint.LockedError](err); ok {
		return fatal(fmt.Errorf("the same copy is running already%s; wait for it, or stop it first", byProcess(locked.PID)))
	}
	if err != nil {
		return err
	}
	expire(ctx, j.dir, path, time.Now())
	store := checkpoint.NewFileStore(j.dir)
	j.store = store
	if c.afresh {
		if err := errors.Join(checkpoint.RemoveJournal(ctx, j.dir, j.id), removeRecords(ctx, store, j.id)); err != nil {
			return fatal(fmt.Errorf("forget the job: %w", stateAdvice(err)))
		}
	}
	j.journal, err = checkpoint.OpenJournal(ctx, j.dir, j.id)
	if errors.Is(err, checkpoint.ErrUnusable) {
		c.con.line("what was done before is not known, and is copied again: %v", err)
		if err = checkpoint.RemoveJournal(ctx, j.dir, j.id); err == nil {
			j.journal, err = checkpoint.OpenJournal(ctx, j.dir, j.id)
		}
	}
	if err != nil {
		return fatal(fmt.Errorf("keep what is done: %w", stateAdvice(err)))
	}
	j.path = filepath.Join(path, j.id+jobSuffix)
	return j.write(ctx, c)
}

// lockJob locks a job for as long as nobody else may run it or take anything of it
// away. The error is a [*checkpoint.LockedError], or ends the command: who cannot tell
// whether a job is running touches nothing of it. The lock is nil on a system that has
// none.
func lockJob(ctx context.Context, dir *disk.Root, id string) (*checkpoint.JobLock, error) {
	lock, err := checkpoint.Lock(ctx, dir, id)
	switch {
	case err == nil:
		return lock, nil
	case errors.Is(err, errors.ErrUnsupported):
		return nil, nil
	case errors.Is(err, checkpoint.ErrLocked):
		return nil, err
	}
	return nil, fatal(fmt.Errorf("find out whether job %s is running: %w", id, stateAdvice(err)))
}

func unlockJob(lock *checkpoint.JobLock) {
	if lock != nil {
		_ = lock.Unlock() // the kernel does it at the latest when the process ends
	}
}

// owner is whose the unfinished files are that become a file of the job: nobody else's
// while the job is locked.
func (j *openJob) owner(file string) string {
	if j.lock == nil {
		return ""
	}
	return j.id + file
}

func byProcess(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(", as process %d", pid)
}

// write keeps what the job is, and that it was run now where that is kept already.
func (j *openJob) write(ctx context.Context, c *copying) error {
	now := time.Now()
	if err := os.Chtimes(j.path, now, now); err == nil {
		j.again = true
		return nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil //nolint:nilerr // it cannot be resumed by its id, but by the same command
	}
	args := make([]string, len(c.command))
	for i, a := range c.command {
		args[i] = escapeArg(a)
	}
	target := c.paths.target
	if !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	data, err := json.Marshal(jobFile{ID: j.id, Args: args, Dir: escapeArg(dir), Target: escapeArg(target), Started: now.UTC()})
	if err != nil {
		return err
	}
	sink, err := local.CreateOwned(ctx, j.path, j.owner("job"))
	if err == nil {
		if _, err = sink.Write(data); err == nil {
			err = sink.Commit(ctx)
		}
		_ = sink.Abort(context.WithoutCancel(ctx)) // which is nothing after Commit
	}
	if err != nil {
		return fatal(fmt.Errorf("keep what is done: %w", stateAdvice(err)))
	}
	return nil
}

// done forgets a job that is complete.
func (j *openJob) done(ctx context.Context, complete bool) error {
	if j.path == "" || !complete {
		return nil
	}
	gone := os.Remove(j.path)
	if errors.Is(gone, fs.ErrNotExist) {
		gone = nil
	}
	if err := errors.Join(checkpoint.RemoveJournal(ctx, j.dir, j.id), gone); err != nil {
		return fatal(fmt.Errorf("forget the job, which is done: %w", stateAdvice(err)))
	}
	return nil
}

func (j *openJob) close() {
	if j.journal != nil {
		_ = j.journal.Close() // what matters of it was synced
	}
	unlockJob(j.lock)
	if j.dir != nil {
		_ = j.dir.Close()
	}
}

// ended turns what ended the batch into what ends the command.
func (j *openJob) ended(ctx context.Context, err error) error {
	if saidAll(err) || ctx.Err() != nil || !retry.Classify(err).EndsJob() {
		return err
	}
	why := writing.on(err)
	if place := j.place(err); place != "" {
		why = fmt.Errorf("%s: %w", quoted(place), why)
	}
	if j.path == "" {
		return fatal(fmt.Errorf("%w; %s", why, j.howToGoOn()))
	}
	return fatal(fmt.Errorf("%w; what is done is kept, the same command again goes on", why))
}

// place is where it was that nothing more could be written: at a path that was said, or in
// the folder of the job, where errors say but names. It is empty where nobody knows.
func (j *openJob) place(err error) string {
	path, ok := errors.AsType[*fs.PathError](err)
	switch {
	case ok && (isTarget(path.Err) || filepath.IsAbs(path.Path) || j.path == ""):
		return path.Path
	case j.path != "":
		return filepath.Dir(j.path)
	}
	return ""
}

// howToGoOn is for whoever stopped the job.
func (j *openJob) howToGoOn() string {
	if j.path == "" {
		return "what is copied is complete, run it again for the rest"
	}
	return "what is done is kept; the same command again goes on, or: penstock jobs resume " + j.id
}

// jobID is made of the flags that say what a copy is.
func (c *copying) jobID() string {
	parts := []string{"copy"}
	for _, p := range append(c.paths.sources, c.paths.target, c.paths.name) {
		if abs, err := filepath.Abs(p); err == nil && p != "" {
			p = abs
		}
		parts = append(parts, p)
	}
	w := c.walk
	parts = append(parts, c.names, fmt.Sprint(c.preserve, c.special, w.Follow, w.OneFileSystem),
		strings.Join(w.Filter.Include, "\x00"), strings.Join(w.Filter.Exclude, "\x00"))
	return jobID(parts...)
}

// removeRecords removes the records of a job, and the temporary files that only they
// name.
func removeRecords(ctx context.Context, store checkpoint.Store, job string) error {
	var errs []error
	for r, err := range store.List(ctx) {
		switch {
		case errors.Is(err, checkpoint.ErrUnusable):
		case err != nil:
			errs = append(errs, err)
		case r.Job == job:
			errs = append(errs, discardTemp(ctx, r), store.Delete(ctx, r.Stream))
		}
	}
	return errors.Join(errs...)
}

// sweepAll removes what a job has left unfinished anywhere below its target, of which
// no record speaks.
func sweepAll(ctx context.Context, job, path string) error {
	target, err := local.OpenTarget(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = target.Close() }()
	target.SetOwner(job)
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{path}, Directories: true})
	if err != nil {
		return err
	}
	defer func() { _ = walk.Close() }()
	return walk.Files(ctx, func(f batch.File) error {
		if f.Kind != batch.Directory || f.Err != nil {
			return nil //nolint:nilerr // nothing was written where nothing can be read
		}
		folder, err := target.Folder(ctx, cmp.Or(f.Below(), "."))
		if err != nil {
			return err
		}
		return errors.Join(folder.Sweep(ctx, func(string) bool { return false }), folder.Close())
	})
}

// discardTemp removes the temporary file of a record that is of no use any more. Its
// directory is not made where it is gone: it was removed, or is not mounted.
func discardTemp(ctx context.Context, r checkpoint.Record) error {
	if r.Destination == "" {
		return nil
	}
	path := filepath.Dir(r.Destination)
	dir, err := disk.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	target, err := local.NewTarget(dir, path)
	if err != nil {
		return err
	}
	defer func() { _ = target.Close() }()
	folder, err := target.Folder(ctx, ".")
	if err != nil {
		return err
	}
	_, err = folder.Discard(ctx, r.Temp)
	return errors.Join(err, folder.Close())
}
