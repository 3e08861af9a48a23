package main

import (
	"cmp"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// job is what the subcommands that read files have in common: their flags, and
// what those make.
type job struct {
	streams  countFlag
	rate     sizeFlag
	memory   sizeFlag
	progress choiceFlag
	quiet    bool
	verbose  bool

	std streams
	con *console
}

// Memory: the ceiling of the whole process, and what of it chunks may take. The
// rest is the program itself, some 12 MiB with its stacks, and the collector's
// head room.
const (
	defaultMemory = 48 << 20
	leastMemory   = 24 << 20
	poolShare     = 4 // a quarter of the ceiling
)

func newJob(std streams, con *console) *job {
	return &job{
		std: std, con: con,
		streams:  countFlag{min: 1, max: 1024, example: "-j 4"},
		rate:     sizeFlag{min: 1 << 10, max: 1 << 40, example: "--bwlimit 20M", rate: true},
		memory:   sizeFlag{bytes: defaultMemory, min: leastMemory, max: 1 << 40, example: "--memory 48M"},
		progress: choiceFlag{value: "auto", choices: []string{"auto", "always", "never"}, example: "--progress never"},
	}
}

func (j *job) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.VarP(&j.streams, "jobs", "j", "files at work at once (default: one for every core)")
	f.Var(&j.rate, "bwlimit", "most bytes a second to read, all files together: 20M, 1.5G/s")
	f.Var(&j.memory, "memory", "ceiling for the memory of the process")
	f.Var(&j.progress, "progress", "draw a line of progress: auto, always or never")
	f.BoolVarP(&j.verbose, "verbose", "v", false, "say what is left out, and why")
}

// start makes what the streams share, within the memory ceiling.
func (j *job) start() (*batch.Hashing, *progress, error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		// Below the ceiling, so that the collector works before it is reached:
		// what the runtime does not count is the program's own text.
		debug.SetMemoryLimit(j.memory.bytes - j.memory.bytes/4)
	}
	h := &batch.Hashing{Pool: stages.NewPool(j.memory.bytes / poolShare)}
	h.Streams = min(cmp.Or(j.streams.n, runtime.GOMAXPROCS(0)), mostStreams())
	if j.rate.bytes > 0 {
		limiter, err := pressure.NewLimiter(pressure.Rates{Bytes: j.rate.bytes}, nil)
		if err != nil {
			return nil, nil, usage("--bwlimit: %w", err)
		}
		h.Limiter = limiter
	}
	meter, err := pressure.NewMeter(pressure.MeterOptions{Ceiling: j.memory.bytes})
	if err != nil {
		return nil, nil, fatal(err)
	}
	return h, &progress{
		con: j.con, hashing: h, meter: meter,
		show: j.progress.value == "always" || j.progress.value == "auto" && j.con.canRedraw(),
	}, nil
}

// problem prints what is wrong with one file, in one line.
func (j *job) problem(path string, err error) {
	j.con.line("%s: %s", quoted(path), sentence(readAdvice(err).Error()))
}
