package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/bench"
	"github.com/penstock-go/penstock/bench/page"
	"github.com/penstock-go/penstock/sizing"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
)

// What bench measures, and with which page cache.
const (
	workRead = "read"
	workHash = "hash"
	workCopy = "copy"

	cacheWarm = "warm"
	cacheCold = "cold"
)

// benching is `penstock bench`.
type benching struct {
	*job
	work   listFlag[*choiceFlag]
	cache  listFlag[*choiceFlag]
	chunks listFlag[*sizeFlag]
	counts listFlag[*countFlag] // of streams
	names  []string             // of digest sets, the flag
	size   sizeFlag             // of the data to make
	files  countFlag            // of it
	to     string
	time   durationFlag
	rounds countFlag
	json   bool
	html   string
	save   string
	past   baseline

	sets    [][]digest.Algorithm
	path    string // as it was given
	subject subject
	scratch scratch
	ceiling int64           // for the memory of the process
	unread  int             // files that could not be read, or copied
	told    map[string]bool // of them, those that a person was told of
}

func newBench(std streams, con *console) *cobra.Command {
	b := &benching{job: newJob(std, con)}
	b.defaults()
	cmd := &cobra.Command{
		Use:   "bench PATH",
		Short: "Measure storage and settings, and find the fastest",
		Long: `Measure how fast a file, or the files below a directory, are read, hashed and
copied, with every combination of chunk size, number of files at once and set of
digests, with a warm and with a cold page cache. The combinations run in turn, round
after round, so that a machine whose speed drifts slows all of them.

Nothing of PATH is changed. Copies, and the data of --make, are made in a hidden
directory that is removed at the end, whatever ends it. A cold cache is had by
dropping the pages of the measured files, which takes no privilege; it is Linux's.
Copies are synced, and not read back. Of a tree at most ` + plural(mostFiles, "file") + ` are taken.

What is fastest is printed as command lines. Ctrl-C ends it early with what was
measured.

Exit codes: 0 all well, 1 slower than --compare by more than --fail-over, 3 some
files could not be read, 5 it cannot go on (disk full, denied), 130 and 143 stopped
by a signal.`,
		Example: `  penstock bench photos                            # everything, within a minute
  penstock bench --make 1G /mnt/usb                # data that it makes and removes
  penstock bench --measure hash -a sha256 -a blake3 --cache cold disk.img
  penstock bench --save base.jsonl photos          # and a night later:
  penstock bench --compare base.jsonl --fail-over 10% photos`,
		Args: arguments(1, "a file or a directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.Var(&b.work, "measure", "what is measured, with commas between: read, hash, copy")
	f.Var(&b.cache, "cache", "page cache before each run: warm, cold, or both")
	f.Var(&b.chunks, "chunk", "bytes that are read at once")
	f.VarP(&b.counts, "jobs", "j", "files at work at once (default: 1, as many as there are cores, and twice as many)")
	f.StringArrayVarP(&b.names, "algorithm", "a", b.names, "a set of digests, with commas between (may be repeated): "+algorithmNames())
	f.Var(&b.size, "make", "make so much data in the directory PATH, and measure that")
	f.Var(&b.files, "files", "of how many files that is")
	f.StringVar(&b.to, "to", "", "make copies in `DIR` (default: beside PATH)")
	f.Var(&b.time, "for", "time for all of it")
	f.Var(&b.rounds, "rounds", "how often each combination runs, at most (default 10)")
	f.Var(&b.memory, "memory", "ceiling for the memory of the process")
	f.BoolVar(&b.json, "json", false, "print JSON, an object a line, instead of tables")
	f.StringVar(&b.html, "html", "", "draw a page with plots as `FILE`, which needs no other file")
	f.StringVar(&b.save, "save", "", "keep the figures in `FILE`, to compare with")
	f.StringVar(&b.past.file, "compare", "", "compare with the figures in `FILE`")
	f.Var(&b.past.limit, "fail-over", "exit with 1 where something has become slower by more than that")
	f.Var(&b.progress, "progress", "draw a line of progress: auto, always or never")
	f.BoolVarP(&b.quiet, "quiet", "q", false, "no summary at the end")
	return cmd
}

// defaults are the flags as they are when they are not given. Those that depend on
// what is measured come later.
func (b *benching) defaults() {
	word := func(example string, choices ...string) listFlag[*choiceFlag] {
		f := listFlag[*choiceFlag]{one: func() *choiceFlag { return &choiceFlag{choices: choices, example: example} }}
		for _, c := range choices {
			f.values = append(f.values, &choiceFlag{value: c})
		}
		return f
	}
	b.work = word("--measure hash,copy", workRead, workHash, workCopy)
	b.cache = word("--cache cold", cacheWarm, cacheCold)
	b.chunks.one = func() *sizeFlag {
		return &sizeFlag{min: sizing.Min, max: sizing.Max, example: "--chunk 64K,1M", auto: true, grid: sizing.Grid}
	}
	for _, n := range []int64{0, 64 << 10, 256 << 10, 1 << 20} {
		f := b.chunks.one()
		f.bytes = n
		b.chunks.values = append(b.chunks.values, f)
	}
	b.counts.one = func() *countFlag { return &countFlag{min: 1, max: 1024, example: "-j 1,4", auto: true} }
	b.names = []string{"sha256", "blake3"}
	b.size = sizeFlag{min: 1, max: 1 << 50, example: "--make 1G"}
	b.files = countFlag{min: 1, max: mostFiles, example: "--files 100"}
	b.time = durationFlag{Duration: time.Minute, min: 100 * time.Millisecond, max: 24 * time.Hour, example: "--for 60s"}
	b.rounds = countFlag{min: 1, max: 1000, example: "--rounds 5"}
	b.past.limit.example = "--fail-over 10%"
}

func (b *benching) run(ctx context.Context, path string) (err error) {
	b.path = path
	if err := b.check(); err != nil {
		return err
	}
	if b.ceiling, err = b.job.ceiling(); err != nil {
		return err
	}
	if err := b.past.load(); err != nil {
		return err
	}
	outputs, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer outputs.abort(ctx)
	defer func() { err = cmp.Or(err, b.scratch.remove()) }()
	b.con.unfinished(b.scratch.undo, "nothing was measured; what was made is removed")
	report, err := b.measure(ctx, outputs)
	if report == nil {
		return err
	}
	return b.tell(ctx, report, outputs, err)
}

// measure finds out what there is, and measures it until it is told to stop, and then
// at once: what is under way is not worth a checkpoint. The report is nil where it has
// not come to that.
func (b *benching) measure(ctx context.Context, outputs *benchOutputs) (*bench.Report, error) {
	ctx, stop := context.WithCancelCause(ctx)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer stop(nil)
	listening.Go(func() {
		select {
		case <-b.con.told:
			stop(stages.ErrStopped)
		case <-ctx.Done():
		}
	})
	if err := b.find(ctx, b.path, outputs.own()); err != nil {
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	variants := b.variants()
	if err := b.past.matches(variants); err != nil {
		return nil, err
	}
	return b.sweep(ctx, variants)
}

// check looks at what no single flag can say.
func (b *benching) check() error {
	for _, names := range b.names {
		set, err := digest.ParseSet(names)
		if err != nil {
			return usage("--algorithm: %w", err)
		}
		b.sets = append(b.sets, set)
	}
	switch {
	case b.past.limit.given && b.past.file == "":
		return usage("--fail-over %s wants --compare FILE, which says what there was before", &b.past.limit)
	case b.files.n > 0 && b.size.bytes == 0:
		return usage("--files %d wants --make SIZE, which says how much data the files hold", b.files.n)
	case int64(b.files.n) > b.size.bytes && b.size.bytes > 0:
		return usage("--files %d: --make %s has fewer bytes than that; make fewer files", b.files.n, &b.size)
	}
	return nil
}

// sweep measures the variants within the time there is.
func (b *benching) sweep(ctx context.Context, variants []bench.Variant) (*bench.Report, error) {
	timed, cancel := context.WithTimeout(ctx, b.time.Duration)
	defer cancel()
	var report *bench.Report
	line := benchProgress{con: b.con, time: b.time.Duration, show: b.showsProgress()}
	err := line.during(ctx, func() (err error) {
		report, err = bench.Sweep{Variants: variants, Rounds: b.rounds.n, Progress: line.step}.Run(timed)
		return err
	})
	report.Subject, report.Command = b.subject.String(), "penstock "+shellWords(os.Args[1:])
	report.Notes = b.notes(report, err)
	report.Advice = b.advice(report)
	return report, err
}

// tell prints and keeps what was measured, also where err has ended it early, which is
// then what the command ends with.
func (b *benching) tell(ctx context.Context, report *bench.Report, outputs *benchOutputs, err error) error {
	changes := bench.Compare(b.past.was, report)
	if report.Unmeasured() < len(report.Results) {
		if err := outputs.print(b, report, changes); err != nil {
			return err
		}
		b.con.unfinished(b.scratch.undo, "what was measured until then stands above; what was made is removed")
		if err := outputs.draw(ctx, page.Page{Report: report, Changes: changes, Since: b.past.String()}); err != nil {
			return err
		}
	}
	if errors.Is(err, stages.ErrStopped) {
		return err
	}
	if err != nil {
		return b.failure(err)
	}
	slower := b.past.verdict(changes)
	if slower == nil || b.save != b.past.file { // or the next night would find it no slower
		err = outputs.keep(ctx, report)
	}
	if err != nil {
		return err
	}
	if !b.quiet {
		b.con.line("%s", benchSummary(report))
	}
	if slower == nil && b.unread > 0 {
		return failed(exitPartial)
	}
	return slower
}

// failure is what ended the sweep, for a person.
func (b *benching) failure(err error) error {
	inner := errors.Unwrap(err) // without the variant's name, which says nothing about it
	if saidAll(inner) {
		return inner
	}
	return fatal(writing.on(cmp.Or(inner, err)))
}
