package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// checking is `penstock check`.
type checking struct {
	*job
	algorithm     string
	status        bool
	strict        bool
	warn          bool
	ignoreMissing bool
	follow        bool

	list    string // as given
	root    string // likewise
	options manifest.ReaderOptions
	beneath *local.Root
	out     *output
	tally   tally

	stdinRead atomic.Bool
}

func newCheck(std streams, con *console) *cobra.Command {
	c := &checking{job: newJob(std, con)}
	cmd := &cobra.Command{
		Use:   "check MANIFEST [ROOT]",
		Short: "Check files against a list of checksums",
		Long: `Check files against a list of checksums, as sha256sum -c does. The list's form
(GNU, BSD, hashdeep or JSON) and its digests are found by themselves. Names are
looked up below ROOT, by default the current directory, and never outside of it:
symbolic links are followed as long as they stay there, or with -L.
MANIFEST - is standard input.

The exit code is 0 when every file is right, 1 when one is missing or differs or
the list holds nothing to check, 3 when one could not be read, and 4 when that may
pass.`,
		Example: `  penstock check SHA256SUMS
  penstock check backup.json /mnt/backup
  penstock check --quiet --ignore-missing SHA256SUMS   # says only what is wrong
  curl -s https://example.org/SHA256SUMS | penstock check -`,
		Args:              arguments(2, "a list, and perhaps the directory to check it in"),
		ValidArgsFunction: completeDirectory(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.root = "."
			if len(args) == 2 {
				c.root = args[1]
			}
			c.list = args[0]
			return c.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&c.quiet, "quiet", "q", false, "do not print OK for each file that is right")
	f.BoolVar(&c.status, "status", false, "print nothing; the exit code tells")
	f.BoolVar(&c.strict, "strict", false, "exit with 1 also for lines that are malformed")
	f.BoolVarP(&c.warn, "warn", "w", false, "say which lines are malformed, and why")
	f.BoolVar(&c.ignoreMissing, "ignore-missing", false, "do not fail for files that are missing")
	f.BoolVarP(&c.follow, "follow", "L", false, "follow symbolic links that lead out of ROOT")
	f.StringVarP(&c.algorithm, "algorithm", "a", "", "digest of the lines that do not name theirs (default: by length, whichever matches)")
	f.BoolVarP(&c.options.Zero, "zero", "z", false, "the list's lines end with NUL (found by itself otherwise)")
	c.addFlags(cmd)
	return cmd
}

func (c *checking) run(ctx context.Context) (err error) {
	if c.algorithm != "" {
		if c.options.Algorithm, err = digest.Parse(c.algorithm); err != nil {
			return usage("--algorithm: %w", err)
		}
	}
	if c.con.mute = c.status; !c.status {
		c.out = standardOutput(c.std.out, c.con, "redirect it, or use --status and the exit code")
	}
	in, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
	if c.beneath, err = local.OpenRoot(ctx, c.root, local.Options{Follow: c.follow}); err != nil {
		return fatal(fmt.Errorf("%s: %w", quoted(c.root), reading.on(err)))
	}
	defer c.beneath.Close()
	if err := c.check(ctx, manifest.NewReader(in, c.options)); err != nil {
		return err
	}
	return c.verdict()
}

// open opens the list. A list that is missing is what a missing file is to a
// check: exit code 1.
func (c *checking) open() (io.ReadCloser, error) {
	if c.list == "-" {
		return io.NopCloser(c.std.input()), nil
	}
	f, err := os.Open(c.list)
	if err == nil {
		if info, serr := f.Stat(); serr == nil && info.IsDir() {
			f.Close()
			err = errors.New("is a directory, not a list; name the list first, then the directory")
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &codeError{exitMismatch, fmt.Errorf("%s: %w", quoted(c.list), reading.on(err))}
	case err != nil:
		return nil, fatal(fmt.Errorf("%s: %w", quoted(c.list), reading.on(err)))
	}
	return f, nil
}

func (c *checking) check(ctx context.Context, r *manifest.Reader) error {
	h, p, err := c.start()
	if err != nil {
		return err
	}
	p.show = p.show && !c.status
	c.con.again(func() {}, printedIsRight, c.kept.any)
	err = p.during(ctx, c.count, func() { _ = c.flush() }, func() error {
		return batch.Check(ctx, c.entries(r), c.source, h, func(r batch.Checked) error { return c.result(p, r) })
	})
	if ferr := c.flush(); err == nil {
		err = ferr
	}
	if !c.quiet && !saidAll(err) {
		c.con.line("%s", p.summary())
	}
	return err
}

// count reads the list once more, for the sizes of what it names. A list that
// comes from a pipe cannot be read twice.
func (c *checking) count(ctx context.Context, add func(int64)) error {
	if info, err := os.Stat(c.list); err != nil || !info.Mode().IsRegular() {
		return errUncountable
	}
	in, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
	for e, err := range manifest.NewReader(in, c.options).Entries() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if name, outside := c.inside(e.Name); err == nil && outside == nil {
			if s, err := c.beneath.Stat(ctx, name); err == nil {
				add(s.Identity.Size)
			}
		}
	}
	return nil
}

// entries emits what the list says, and reports the lines that say nothing.
func (c *checking) entries(r *manifest.Reader) func(context.Context, func(manifest.Entry) error) error {
	return func(_ context.Context, emit func(manifest.Entry) error) error {
		var seen manifest.Duplicates
		for e, err := range r.Entries() {
			if bad, ok := errors.AsType[*manifest.LineError](err); ok {
				c.tally.malformed++
				if c.warn {
					c.con.line("%s: %s", quoted(c.list), sentence(bad.Error()))
				}
				continue
			}
			if err != nil {
				return fatal(fmt.Errorf("%s: %w", quoted(c.list), reading.on(err)))
			}
			c.tally.valid++
			if listed(&seen, e) {
				c.con.line("%s: line %d: %s is listed a second time; both are checked", quoted(c.list), e.Line, quoted(e.Name))
			}
			if err := emit(e); err != nil {
				return err
			}
		}
		return nil
	}
}

// listed reports whether the list had a digest of the same kind for the same
// file before.
func listed(seen *manifest.Duplicates, e manifest.Entry) bool {
	again := false
	for _, s := range e.Sums {
		again = seen.Seen(fmt.Sprintf("%d %d %s", s.Algorithm, len(s.Value), e.Name)) || again
	}
	return again
}

// flush hands on the verdicts; with --status there are none.
func (c *checking) flush() error {
	if c.status {
		return nil
	}
	return c.out.flush()
}

// source opens the file that an entry names, beneath the root.
func (c *checking) source(ctx context.Context, e manifest.Entry) (batch.OpenSource, error) {
	if e.Stdin && c.list == "-" {
		return nil, errors.New("standard input is the list itself; put the list into a file")
	}
	if e.Stdin {
		if c.stdinRead.Swap(true) {
			return nil, batch.ErrStandardAgain
		}
		return batch.Standard(c.std.input()), nil
	}
	name, err := c.inside(e.Name)
	if err != nil {
		return nil, err
	}
	f, err := c.beneath.Open(ctx, name)
	if err == nil || !isLink(err) {
		return f, err
	}
	// Links are followed as long as they stay below the root.
	resolved, linkErr := c.beneath.Resolve(ctx, name)
	switch {
	case errors.Is(linkErr, fs.ErrNotExist):
		return nil, linkErr
	case linkErr != nil:
		return nil, fmt.Errorf("%w; -L follows it", reason(linkErr))
	}
	return c.beneath.Open(ctx, resolved)
}

// inside is a listed name relative to the root. An absolute one is inside when it
// is below the root, wherever that is.
func (c *checking) inside(name string) (string, error) {
	if !filepath.IsAbs(name) {
		return manifest.Inside(c.root, name)
	}
	root, err := filepath.Abs(c.root)
	if err != nil {
		return "", err
	}
	return manifest.Inside(root, name)
}

// isLink reports whether a file was not opened because of a symbolic link.
func isLink(err error) bool {
	special, ok := errors.AsType[*storage.NotRegularError](err)
	return ok && special.Mode&fs.ModeSymlink != 0 || errors.Is(err, local.ErrLinkOnWay)
}

// result prints what became of one entry, and counts it.
func (c *checking) result(p *progress, r batch.Checked) error {
	p.files.Add(1)
	if r.Verdict == batch.Missing && c.ignoreMissing {
		return nil
	}
	c.tally.add(r)
	if r.Verdict != batch.Matches {
		p.failed.Add(1)
	}
	if c.status {
		return nil
	}
	if r.Err != nil {
		c.explain(r)
	}
	word := "OK"
	switch {
	case r.Verdict == batch.Differs:
		word = "FAILED"
	case r.Verdict != batch.Matches:
		word = "FAILED open or read"
	case c.quiet:
		return nil
	}
	_, err := fmt.Fprintf(c.out, "%s: %s\n", c.printed(r.Entry.Name), word)
	return err
}

// explain says why an entry could not be checked. A name that is refused is the
// list's fault and not the file's.
func (c *checking) explain(r batch.Checked) {
	if outside, ok := errors.AsType[*manifest.OutsideError](r.Err); ok {
		c.con.line("%s: line %d: %s", quoted(c.list), r.Entry.Line, sentence(outside.Error()))
		return
	}
	c.problem(r.Entry.Name, r.Err)
}

// escapes are those of the GNU form, which sha256sum -c uses in its verdicts for
// names of several lines.
var escapes = strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r")

// printed is a name with its verdict: on a terminal safe to show, otherwise as
// sha256sum -c prints it.
func (c *checking) printed(name string) string {
	switch {
	case c.out.terminal:
		return quoted(name)
	case strings.ContainsAny(name, "\n\r"):
		return "\\" + escapes.Replace(name)
	default:
		return name
	}
}
