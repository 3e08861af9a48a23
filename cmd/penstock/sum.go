package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// summing is `penstock sum`.
type summing struct {
	*job
	algorithms []digest.Algorithm
	names      string // the flag
	output     string
	format     string
	zero       bool
	from0      string
	walk       batch.WalkOptions

	list   listing
	listed int  // files in it
	failed int  // files without a result
	gaveUp bool // on errors that may pass
}

func newSum(std streams, con *console) *cobra.Command {
	s := &summing{job: newJob(std, con)}
	cmd := &cobra.Command{
		Use:   "sum PATH...",
		Short: "Print checksums of files and of all files below directories",
		Long: `Print checksums of files and of all files below directories, in the order of
their paths, so that two runs over the same tree print the same.

Only regular files are read. A symbolic link that is named is followed; below a
directory links are left out unless -L is given. PATH - is standard input.
--include and --exclude choose below directories: what is named, on the command
line or by --files-from0, is always done. A file that cannot be read, or that
changes while it is read, gets a line on standard error and no checksum; all
others are still done, and the exit code is then 3, or 4 where it may pass.

The FILE of -o is replaced at the end and in one step. When the run is stopped,
cannot write it, or finds nothing to list, it stays as it was.`,
		Example: `  penstock sum .                            # everything below this directory
  penstock sum -o SHA256SUMS photos         # a list for penstock check or sha256sum -c
  penstock sum -a sha256,blake3 disk.img    # two digests from one reading
  penstock sum --exclude .git --include '*.go' src
  find . -newer mark -type f -print0 | penstock sum --files-from0 -
  ssh host cat disk.img | penstock sum -`,
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&s.names, "algorithm", "a", "sha256", "digests, with commas between: "+algorithmNames())
	f.StringVarP(&s.output, "output", "o", "", "write the list to `FILE`, which is replaced once the list is complete (- is standard output)")
	f.StringVar(&s.format, "format", "", "form of the list: gnu, bsd, hashdeep or json (default: gnu for a digest that has a program like sha256sum, bsd for others and several)")
	f.BoolVarP(&s.zero, "zero", "z", false, "end lines with NUL and escape nothing")
	f.StringArrayVar(&s.walk.Filter.Include, "include", nil, "below directories, only files that match `GLOB` (may be repeated)")
	f.StringArrayVar(&s.walk.Filter.Exclude, "exclude", nil, "below directories, leave out files and directories that match `GLOB` (may be repeated)")
	f.StringVar(&s.from0, "files-from0", "", "read further paths, each ended by NUL, from `FILE` (- is standard input)")
	f.BoolVarP(&s.walk.Follow, "follow", "L", false, "follow symbolic links below directories")
	f.BoolVarP(&s.walk.OneFileSystem, "one-file-system", "x", false, "stay on the file system of each PATH")
	s.addFlags(cmd)
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no summary at the end")
	return cmd
}

func algorithmNames() string { return strings.Join(algorithms(), ", ") }

// algorithms are the names of all.
func algorithms() []string {
	var list []string
	for _, a := range digest.All() {
		list = append(list, a.String())
	}
	return list
}

func (s *summing) run(ctx context.Context, paths []string) error {
	options, err := s.listOptions()
	if err != nil {
		return err
	}
	if len(paths) == 0 && s.from0 == "" {
		return usage("nothing to read: name files or directories, or - for standard input (penstock sum . is all below here)")
	}
	if err := s.checkStandard(paths); err != nil {
		return err
	}
	if i := slices.IndexFunc(paths, func(p string) bool { return isOutput(p, s.output) }); i >= 0 {
		return s.refuseOutput(paths[i])
	}
	out, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer out.abort(ctx)
	rest := printedIsRight
	if out.file != nil {
		rest = out.name + " is as it was"
	}
	s.con.again(func() { out.abort(ctx) }, rest, s.kept.any)
	list, err := manifest.NewWriter(out, options)
	if err != nil {
		return usage("%w", err)
	}
	s.list = listing{list, options.Format, out}
	walk, err := s.newWalk(paths, out)
	if err != nil {
		return err
	}
	defer walk.Close()
	if err := s.sum(ctx, walk, paths, out); err != nil {
		return err
	}
	if s.listed == 0 && out.replaces {
		return s.keep(out)
	}
	if err := out.commit(ctx); err != nil {
		return err
	}
	s.con.unfinished(func() {}, "all is done")
	if s.failed == 0 {
		return nil
	}
	if out.replaces {
		s.con.line("%s is replaced, and lacks %s that failed", out.name, plural(int64(s.failed), "file"))
	}
	return failed(s.partial())
}

// partial is the exit code where files have failed.
func (s *summing) partial() int {
	if s.gaveUp {
		return exitTemporary
	}
	return exitPartial
}

// keep leaves the list that was there before: an empty one in its place would say
// that there are no files, where a disk is not mounted or a name is wrong.
func (s *summing) keep(out *output) error {
	code := exitMismatch
	if s.failed > 0 {
		code = s.partial()
	}
	return &codeError{code, fmt.Errorf("%s is as it was: no file was read that could be listed; remove it first if that is right", out.name)}
}

// checkStandard refuses to use standard input twice: what is read of it is gone.
func (s *summing) checkStandard(paths []string) error {
	first := slices.Index(paths, "-")
	switch {
	case first < 0:
		return nil
	case s.from0 == "-":
		return usage("standard input cannot be both the list of --files-from0 and a file to read")
	case slices.Contains(paths[first+1:], "-"):
		return usage("%v", batch.ErrStandardAgain)
	}
	return nil
}

// refuseOutput refuses to write over a file that is to be read: it is likelier that
// it was not meant to be the output than that it was.
func (s *summing) refuseOutput(path string) error {
	return usage("%s is the file that -o %s writes; leave it out, or write to another", quoted(path), quoted(s.output))
}

// writesFile reports whether -o names a file; - is what it is everywhere.
func (s *summing) writesFile() bool { return s.output != "" && s.output != "-" }

func (s *summing) open(ctx context.Context) (*output, error) {
	if !s.writesFile() {
		return standardOutput(s.std.out, s.con, "redirect it, or name a file with -o"), nil
	}
	return fileOutput(ctx, s.output, "")
}

// listOptions reads the flags that say what the list looks like.
func (s *summing) listOptions() (manifest.WriterOptions, error) {
	o := manifest.WriterOptions{Zero: s.zero}
	var err error
	if s.algorithms, err = digest.ParseSet(s.names); err != nil {
		return o, usage("--algorithm: %w", err)
	}
	o.Algorithms = s.algorithms
	if o.Format = manifest.FormatFor(s.algorithms...); s.format != "" {
		if o.Format, err = manifest.ParseFormat(s.format); err != nil {
			return o, usage("--format: %w", err)
		}
	}
	return o, nil
}

// walkOptions are those of the flags, for these paths.
func (s *summing) walkOptions(paths []string, out *output) batch.WalkOptions {
	o := s.walk
	o.Paths, o.Skip = paths, out.own
	o.Standard = s.from0 != "-" // a list from standard input cannot name it as well
	return o
}

func (s *summing) newWalk(paths []string, out *output) (*batch.Walk, error) {
	o := s.walkOptions(paths, out)
	if s.from0 != "" {
		o.More = namesFrom0(s.from0, s.std.input())
	}
	if s.verbose {
		o.OnSkip = func(path string, why batch.Skip) { s.con.line("%s: left out: %v", quoted(path), why) }
	}
	walk, err := batch.NewWalk(o)
	if err != nil {
		return nil, badGlob(err)
	}
	return walk, nil
}

// badGlob is the error of a new walk, in the words of the flags.
func badGlob(err error) error {
	named := strings.NewReplacer("include pattern", "--include", "exclude pattern", "--exclude")
	return usage("%s; for example --include '*.go'", named.Replace(err.Error()))
}

func (s *summing) sum(ctx context.Context, walk *batch.Walk, paths []string, out *output) error {
	h, p, err := s.start()
	if err != nil {
		return err
	}
	h.Stdin = s.std.input()
	err = p.during(ctx, s.count(s.walkOptions(paths, out)), func() { _ = out.flush() }, func() error {
		return batch.Sum(ctx, walk.Files, s.algorithms, h, func(r batch.Summed) error { return s.result(p, r) })
	})
	if ferr := errors.Join(s.list.Flush(), out.flush()); err == nil {
		err = ferr // the list before the summary, as a person reads them
	}
	if !s.quiet && !saidAll(err) {
		s.con.line("%s%s", p.summary(), leftOut(walk))
	}
	return err
}

// count walks the same trees once more, for sizes only. Names that come from a
// pipe cannot be read twice, and nobody knows the length of one.
func (s *summing) count(o batch.WalkOptions) count {
	return func(ctx context.Context, add func(int64)) error {
		if s.from0 != "" {
			return errUncountable
		}
		walk, err := batch.NewWalk(o)
		if err != nil {
			return err
		}
		defer walk.Close()
		return walk.Files(ctx, func(f batch.File) error {
			if f.Standard {
				return errUncountable
			}
			if info, err := os.Stat(f.Path); err == nil {
				add(info.Size())
			}
			return nil
		})
	}
}

// errUncountable says that only the end will tell how much there is.
var errUncountable = errors.New("the amount of work is not known beforehand")

// result adds one file to the list, or says why it is not there.
func (s *summing) result(p *progress, r batch.Summed) error {
	p.files.Add(1)
	err := r.Err
	if err == nil {
		err = s.list.add(manifest.Entry{Name: r.Path, Stdin: r.Standard, Size: r.Size, Sums: sumsOf(s.algorithms, r.Sums)})
	}
	_, bad := errors.AsType[*manifest.NameError](err)
	switch {
	case err == nil:
		s.listed++
		return nil
	case r.Err == nil && !bad:
		return err
	case s.writesFile() && errors.Is(err, batch.ErrOutput):
		return s.refuseOutput(r.Path)
	}
	s.failed++
	s.gaveUp = s.gaveUp || gaveUp(r.Err)
	p.failed.Add(1)
	s.problem(r.Path, s.hinted(r.Path, err))
	return nil
}

// hinted adds what is probably the matter with a name that was read from a list.
func (s *summing) hinted(path string, err error) error {
	switch {
	case s.from0 == "" || !errors.Is(err, fs.ErrNotExist):
		return err
	case path == "-" && s.from0 == "-":
		return errors.New("standard input is the list of --files-from0 already; a file of that name is ./-")
	case strings.Contains(path, "\n"):
		return fmt.Errorf("%w; names end with NUL in such a list, as find -print0 writes them", reason(err))
	default:
		return err
	}
}

// leftOut says what the walk met and did not take, for the summary.
func leftOut(walk *batch.Walk) string {
	var parts []string
	for why := range batch.Skip(batch.Skips) {
		if n := walk.Skipped(why); n > 0 {
			what := why.String()
			if n > 1 && why <= batch.SkipDevice { // those that are things
				what += "s"
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; left out: " + strings.Join(parts, ", ") + " (-v names them)"
}
