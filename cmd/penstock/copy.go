package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// copying is `penstock copy`.
type copying struct {
	*job
	names    string // of algorithms, the flag
	manifest string // file
	verify   choiceFlag
	preserve bool
	special  bool
	update   bool
	dry      bool
	json     bool
	walk     batch.WalkOptions

	command    []string // the command line for whoever resumes the job
	algorithms []digest.Algorithm
	paths      copyPaths
	list       *manifest.Writer // nil without --manifest
	report     *jsonReport      // nil without --json
	count      copyCount
	gaveUp     bool // on errors that may pass
	stuck      bool // a file was too large for the file system or a limit, or the target denied it
	progress   *progress
	out        *output // of --json and the like; nil for none
}

// copyCount is what became of the things that were met.
type copyCount struct{ copied, upToDate, known, linked, listed, failed, mismatched int }

func newCopy(std streams, con *console) *cobra.Command {
	c := &copying{
		job:    newJob(std, con),
		verify: choiceFlag{value: "medium", choices: []string{"medium", "cache", "none"}, example: "--verify cache"},
	}
	cmd := &cobra.Command{
		Use:   "copy SRC... DST",
		Short: "Copy files and whole trees, with proof, and go on after any interruption",
		Long: `Copy files and whole trees. Every copy has its final name only when it is
complete and would survive a power cut, and it is read back from the storage and
held against the digest of what was read.

One directory makes DST its copy, whether DST is there already or not, so that the
same command again means the same. Several sources, or a file and a directory that
is there, go into DST under their own names.

The same command again, or penstock jobs resume, goes on where it was interrupted,
by a signal, kill -9 or a power cut: files that are done are not copied again, and
large files go on in their middle. Symbolic links are copied as links unless -L is
given; devices, FIFOs and sockets are left out.

Exit codes: 0 all well, 1 a copy was not what was read, 3 some sources could not be
copied, 4 gave up on errors that may pass (run it again), 5 it cannot go on (disk
full, denied), 130 and 143 stopped by a signal.`,
		Example: `  penstock copy photos /mnt/backup/photos
  penstock copy --manifest SHA256SUMS disk.img /mnt/usb   # the list comes from the same reading
  penstock copy -p --update /home /mnt/backup/home
  penstock jobs                                           # what can be resumed`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage("penstock copy wants what to copy and where to: penstock copy SRC... DST (penstock copy --help says more)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.command = withoutFlag(cmd.Flags(), os.Args[1:], afreshFlag)
			return c.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.names, "algorithm", "a", "sha256", "digests of what is read, with commas between: "+algorithmNames())
	f.StringVar(&c.manifest, "manifest", "", "write a checksum list of the copies to `FILE`, from the same reading")
	f.Var(&c.verify, "verify", "read every copy back: medium drops it from the cache first, cache does not, none does not read")
	f.BoolVarP(&c.preserve, "preserve", "p", false, "keep owner, extended attributes and hard links too")
	f.BoolVar(&c.special, "setuid", false, "keep setuid, setgid and sticky bits too")
	f.BoolVarP(&c.update, "update", "u", false, "leave alone what has the size and the time of its source already")
	f.BoolVarP(&c.dry, "dry-run", "n", false, "say what would be copied, and copy nothing")
	f.BoolVar(&c.json, "json", false, "print an object for each file, and one with metrics at the end")
	f.StringArrayVar(&c.walk.Filter.Include, "include", nil, "below directories, only files that match `GLOB` (may be repeated)")
	f.StringArrayVar(&c.walk.Filter.Exclude, "exclude", nil, "below directories, leave out files and directories that match `GLOB` (may be repeated)")
	f.BoolVarP(&c.walk.Follow, "follow", "L", false, "copy what symbolic links lead to")
	f.BoolVarP(&c.walk.OneFileSystem, "one-file-system", "x", false, "stay on the file system of each SRC")
	c.addFlags(cmd)
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no summary at the end")
	return cmd
}

func (c *copying) run(ctx context.Context, args []string) (err error) {
	if c.algorithms, err = digest.ParseSet(c.names); err != nil {
		return usage("--algorithm: %w", err)
	}
	if c.paths, err = newCopyPaths(ctx, args); err != nil {
		return err
	}
	for _, p := range c.paths.sources {
		if isOutput(p, c.manifest) {
			return usage("%s is the file that --manifest %s writes; write to another", quoted(p), quoted(c.manifest))
		}
	}
	if c.dry {
		return c.dryRun(ctx)
	}
	// A walk that cannot be made must not leave a job behind.
	walk, err := c.newWalk(ctx)
	if err != nil {
		return err
	}
	_ = walk.Close() // nothing was read
	h, p, err := c.start()
	if err != nil {
		return err
	}
	c.progress = p
	jobs, err := c.openJob(ctx)
	if err != nil {
		return err
	}
	defer jobs.close()
	list, err := c.openList(ctx, jobs.owner("list"))
	if err != nil {
		return err
	}
	if list != nil {
		defer list.abort(ctx)
	}
	if err := c.copy(ctx, h, jobs); err != nil {
		return jobs.ended(ctx, err)
	}
	if list != nil {
		if err := c.endList(ctx, list); err != nil {
			return err
		}
	}
	if err := jobs.done(ctx, c.count.failed == 0); err != nil {
		return err
	}
	c.con.unfinished(func() {}, "all is done")
	return c.verdict()
}

// copy runs the batch within a scope that takes away what is unfinished.
func (c *copying) copy(ctx context.Context, h *batch.Hashing, jobs *openJob) error {
	target, err := local.OpenTarget(ctx, c.paths.target)
	if err != nil {
		return fatal(fmt.Errorf("%s: %w", quoted(c.paths.target), writing.on(err)))
	}
	defer func() { _ = target.Close() }() // all of it was synced
	walk, err := c.newWalk(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = walk.Close() }()
	var scope cleanup.Scope
	defer func() { _ = scope.Close(ctx) }() // what was unfinished is of no use to anybody
	work := c.work(h, jobs)
	work.Target, work.Scope = target, &scope
	c.con.unfinished(func() {}, jobs.howToGoOn())
	c.progress.arrived, c.progress.active = &work.Arrived, &work.Active
	err = c.progress.during(ctx, c.countAll, func() { _ = c.flush() }, func() error {
		return batch.Copy(ctx, walk.Files, work, func(r batch.CopyResult) error { return c.result(r) })
	})
	if n := work.Cached.Load(); n > 0 {
		c.con.line("%s read back from the cache, of which the file system does not let go (--verify cache says the same)", plural(n, "file"))
	}
	if c.report != nil && (err == nil || !saidAll(err)) {
		err = cmp.Or(err, c.report.metrics(work.Control.Metrics(), c.count, work, time.Since(c.progress.began)))
	}
	if ferr := c.flush(); err == nil {
		err = ferr
	}
	if !c.quiet && !saidAll(err) {
		c.con.line("%s%s", c.summary(), leftOut(walk))
	}
	return err
}

// work is what the flags say.
func (c *copying) work(h *batch.Hashing, jobs *openJob) *batch.Copying {
	w := &batch.Copying{
		Options: h.Options, Place: c.paths.place, Algorithms: c.algorithms, Update: c.update,
		Keep: local.KeepDefault, HardLinks: c.preserve,
		Resume: h.Resume, Job: jobs.id, Again: jobs.again, Journal: jobs.journal,
		Retrying: h.Retrying,
	}
	w.Resume.Store = jobs.store
	w.Verify = map[string]batch.Verify{"medium": batch.VerifyMedium, "cache": batch.VerifyCache, "none": batch.VerifyNone}[c.verify.value]
	if c.preserve {
		w.Keep |= local.KeepOwner | local.KeepAttributes
	}
	if c.special {
		w.Keep |= local.KeepSpecial
	}
	return w
}

func (c *copying) newWalk(ctx context.Context) (*batch.Walk, error) {
	o := c.walk
	o.Paths, o.Directories, o.Links = c.paths.sources, true, !o.Follow
	if s, err := local.Stat(ctx, c.paths.target); err == nil {
		o.Skip = []checkpoint.Identity{s.Identity} // a copy into the tree itself would never end
	}
	if c.verbose {
		o.OnSkip = func(path string, why batch.Skip) { c.con.line("%s: left out: %v", quoted(path), why) }
	}
	walk, err := batch.NewWalk(o)
	if err != nil {
		return nil, badGlob(err)
	}
	return walk, nil
}

// result notes what became of one thing.
func (c *copying) result(r batch.CopyResult) error {
	if r.Kind == batch.RegularFile || r.Err != nil {
		c.progress.files.Add(1)
	}
	if r.Lost != nil && r.Err == nil {
		c.con.line("%s: copied, but %v", quoted(r.Path), reason(r.Lost))
	}
	switch {
	case r.Err != nil:
		c.failed(r)
	case r.Kind != batch.RegularFile:
	case r.Outcome == batch.Copied:
		c.count.copied++
	case r.Outcome == batch.UpToDate:
		c.count.upToDate++
		c.progress.before.Add(r.Size)
	case r.Outcome == batch.Known:
		c.count.known++
		c.progress.before.Add(r.Size)
	case r.Outcome == batch.Linked:
		c.count.linked++
		c.progress.before.Add(r.Size)
	}
	if c.report != nil {
		if err := c.report.file(r, c.algorithms); err != nil {
			return err
		}
	}
	if c.list != nil && r.Err == nil && r.Kind == batch.RegularFile && r.Sums != nil {
		return c.enter(r)
	}
	return nil
}

// enter puts a copied file on the list, or says why it is not there.
func (c *copying) enter(r batch.CopyResult) error {
	err := c.list.Write(manifest.Entry{Name: r.Name, Size: r.Size, Sums: sumsOf(c.algorithms, r.Sums)})
	if bad, ok := errors.AsType[*manifest.NameError](err); ok {
		r.Err = bad
		c.failed(r)
		return nil
	}
	if err == nil {
		c.count.listed++
	}
	return err
}

func (c *copying) failed(r batch.CopyResult) {
	c.count.failed++
	c.progress.failed.Add(1)
	if _, mismatched := errors.AsType[*batch.VerifyError](r.Err); mismatched {
		c.count.mismatched++
	}
	c.gaveUp = c.gaveUp || gaveUp(r.Err)
	denied := isTarget(r.Err) && retry.Classify(r.Err) == retry.Permission
	if denied || errors.Is(r.Err, syscall.EFBIG) {
		c.stuck = true
	}
	c.problem(r.Path, r.Err)
}

// endList puts the list in place, unless the job is to be run again, or it has nothing
// to say where there is another.
func (c *copying) endList(ctx context.Context, list *output) error {
	switch {
	case c.stuck, c.gaveUp:
		c.con.line("%s is as it was; the same command again goes on, and writes it when all is copied", list.name)
		return nil
	case c.count.listed == 0 && list.replaces:
		c.con.line("%s is as it was: nothing was read that could be listed", list.name)
		return nil
	}
	if err := errors.Join(c.list.Flush(), list.commit(ctx)); err != nil {
		return err
	}
	if c.count.upToDate > 0 {
		c.con.line("%s lacks %s, left alone by --update and so not read", list.name, plural(int64(c.count.upToDate), "file"))
	}
	return nil
}

// verdict is what the command ends with when all was tried.
func (c *copying) verdict() error {
	switch {
	case c.count.mismatched > 0:
		return failed(exitMismatch)
	case c.stuck:
		return failed(exitFatal)
	case c.gaveUp:
		return failed(exitTemporary)
	case c.count.failed > 0:
		return failed(exitPartial)
	}
	return nil
}

// openList opens the checksum list, if one is wanted, and standard output for
// --json.
func (c *copying) openList(ctx context.Context, owner string) (*output, error) {
	if c.json {
		c.out = standardOutput(c.std.out, c.con, "redirect it, or leave out --json")
		c.report = &jsonReport{c.out}
	}
	if c.manifest == "" {
		return nil, nil
	}
	list, err := fileOutput(ctx, c.manifest, owner)
	if err != nil {
		return nil, err
	}
	o := manifest.WriterOptions{Algorithms: c.algorithms, Format: manifest.FormatFor(c.algorithms...)}
	c.list, err = manifest.NewWriter(list, o)
	return list, err
}

func (c *copying) flush() error {
	if c.out == nil {
		return nil
	}
	return c.out.flush()
}

// countAll walks the sources once more, for sizes only.
func (c *copying) countAll(ctx context.Context, add func(int64)) error {
	walk, err := c.newWalk(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = walk.Close() }()
	return walk.Files(ctx, func(f batch.File) error {
		if info, err := os.Lstat(f.Path); err == nil && f.Kind == batch.RegularFile {
			add(info.Size())
		}
		return nil
	})
}

// summary is the run in one line.
func (c *copying) summary() string {
	parts := []string{fmt.Sprintf("%s copied, %s", plural(int64(c.count.copied), "file"), c.progress.amount())}
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.count.upToDate, "up to date"},
		{c.count.known, "done before"},
		{c.count.linked, "hard links"},
		{c.count.failed, "failed"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, "; ")
}
