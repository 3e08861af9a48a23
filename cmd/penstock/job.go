package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/sizing"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// job is what the subcommands that read files have in common: their flags, and
// what those make.
type job struct {
	streams    countFlag
	chunk      sizeFlag
	rate       sizeFlag
	operations countFlag
	memory     sizeFlag
	progress   choiceFlag
	afresh     bool
	quiet      bool
	verbose    bool
	overran    sync.Once // says that the ceiling cannot be held

	std   streams
	con   *console
	state state
	kept  keptRecords
}

// afreshFlag is not for who resumes a job, which would begin it anew each time.
const afreshFlag = "no-resume"

// Bounds of the ceiling for the memory of the whole process.
const (
	leastMemory = 32 << 20 // with less, the program alone is more than half of it
	// programMemory is what of it is neither chunks nor known to the runtime: the
	// program's own text.
	programMemory = 8 << 20
)

func newJob(std streams, con *console) *job {
	most := cmp.Or(pressure.MachineMemory(), 1<<40) // where it is not known, nothing is too large
	return &job{
		std: std, con: con,
		streams:    countFlag{min: 1, max: 1024, example: "-j 4", auto: true},
		chunk:      sizeFlag{min: sizing.Min, max: sizing.Max, example: "--chunk 256K", auto: true, grid: sizing.Grid},
		rate:       sizeFlag{min: 1 << 10, max: 1 << 40, example: "--bwlimit 20M", rate: true},
		operations: countFlag{min: 1, max: 1e6, example: "--iops 100"},
		memory:     sizeFlag{bytes: defaultMemory, min: leastMemory, max: most, example: "--memory 48M"},
		progress:   choiceFlag{value: "auto", choices: []string{"auto", "always", "never"}, example: "--progress never"},
	}
}

func (j *job) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.VarP(&j.streams, "jobs", "j", "files at work at once; auto is as many as are fastest")
	f.Var(&j.chunk, "chunk", "bytes that are read at once; auto is what the storage and the memory are best with")
	f.Var(&j.rate, "bwlimit", "most bytes a second to read, all files together: 20M, 1.5G/s")
	f.Var(&j.operations, "iops", "most reads a second, all files together")
	f.Var(&j.memory, "memory", "ceiling for the memory of the process")
	f.BoolVar(&j.afresh, afreshFlag, false, "begin every file at its beginning, also what was interrupted in the middle")
	f.Var(&j.progress, "progress", "draw a line of progress: auto, always or never")
	f.BoolVarP(&j.verbose, "verbose", "v", false, "say what is left out, and what holds the work back, and why")
}

// start makes what the streams share, within the memory ceiling.
func (j *job) start() (*batch.Hashing, *progress, error) {
	ceiling, err := j.ceiling()
	if err != nil {
		return nil, nil, err
	}
	control, err := j.control(ceiling)
	if err != nil {
		return nil, nil, err
	}
	if j.verbose {
		control.Monitor().OnChange(j.level)
	}
	h := &batch.Hashing{Options: batch.Options{Control: control, MaxStreams: mostStreams(), Stop: j.con.told}}
	p := &progress{
		con: j.con, control: control, arrived: &h.Arrived, active: &h.Active,
		show: j.progress.value == "always" || j.progress.value == "auto" && j.con.canRedraw(),
	}
	h.Resume, h.Retrying = j.resume(p), j.retrying(p)
	return h, p, nil
}

// control is what holds the streams to the flags and to the ceiling.
func (j *job) control(ceiling int64) (*stages.Control, error) {
	control, err := stages.NewControl(stages.ControlOptions{
		Pressure: pressure.Options{
			Thresholds: pressure.Thresholds{MaxMemory: ceiling},
			MaxStreams: max(pressure.None.MaxStreams(), runtime.GOMAXPROCS(0), j.streams.n),
		},
		Rates:   pressure.Rates{Bytes: j.rate.bytes, Operations: j.operations.n},
		Streams: j.streams.n,
		Chunk:   int(j.chunk.bytes),
	})
	if err != nil {
		return nil, usage("%w", err)
	}
	control.Monitor().OnChange(func(_, after pressure.Limits) {
		if after.Overran() {
			j.overran.Do(func() { j.con.line("%s", overrunText(ceiling, after.Overrun)) })
		}
	})
	if os.Getenv("GOMEMLIMIT") == "" {
		// So that the collector works before the ceiling is reached.
		debug.SetMemoryLimit(ceiling - control.Pool().Budget() - programMemory)
	}
	return control, nil
}

// resume lets files continue where they were interrupted. It can do without a place
// to keep that.
func (j *job) resume(p *progress) batch.Resume {
	return batch.Resume{
		Store:  &optionalStore{Store: &j.state, kept: &j.kept, say: j.con.line},
		Afresh: j.afresh,
		Ignored: func(path string, why error) {
			j.con.line("%s: its checkpoint is not used, it is read from its beginning: %v", quoted(path), why)
		},
		Continued: func(path string, offset int64) {
			p.continues(path, offset)
			if j.verbose {
				j.con.line("%s: continues at %s (%d bytes)", quoted(path), bytesText(float64(offset)), offset)
			}
		},
	}
}

// ceiling is what the process may take: what the flag says, or what its control
// group does, where that is less.
func (j *job) ceiling() (int64, error) {
	meter, err := pressure.NewMeter(pressure.MeterOptions{Ceiling: j.memory.bytes})
	if err != nil {
		return 0, fatal(err)
	}
	memory, _ := meter.Read() // what cannot be read sets no limit
	group := memory[pressure.SourceCgroup].Limit
	if group <= 0 || group >= j.memory.bytes {
		return j.memory.bytes, nil
	}
	remark := fmt.Sprintf("--memory %dM says the same", group>>20)
	if group < leastMemory {
		remark = "penstock should have " + bytesText(leastMemory)
	}
	j.con.line("the control group has a limit of %s, so that is the ceiling instead of %s (%s)",
		bytesText(float64(group)), bytesText(float64(j.memory.bytes)), remark)
	return group, nil
}

// level says once what a change of level is for.
func (j *job) level(before, after pressure.Limits) {
	if before.Level == after.Level && before.MemoryLevel == after.MemoryLevel {
		return // it has a line of its own
	}
	from, to := before.Level.String(), after.Level.String()
	if from == to {
		from, to = "memory "+before.MemoryLevel.String(), "memory "+after.MemoryLevel.String()
	}
	j.con.line("level %s, was %s: %s", to, from, after.Reason)
}

// overrunText is which ceiling cannot be held, and which could be.
func overrunText(ceiling int64, over pressure.Reading) string {
	const flag, variable = "--memory %vM", "GOMEMLIMIT=%vMiB"
	setting, program := flag, over.Used
	if over.Source == pressure.SourceHeap {
		if os.Getenv("GOMEMLIMIT") != "" {
			setting, ceiling = variable, over.Limit
		} else {
			program += programMemory
		}
	}
	mib := func(bytes int64) string {
		return strconv.FormatFloat(math.Round(float64(bytes)/(1<<20)*10)/10, 'f', -1, 64)
	}
	return fmt.Sprintf(setting+" cannot be held: the program itself takes %s; it goes on with one file at a time, in the smallest pieces ("+setting+" would be enough)",
		mib(ceiling), bytesText(float64(over.Used)), stages.CeilingFor(program)>>20+1)
}

// problem prints what is wrong with one file, in one line.
func (j *job) problem(path string, err error) {
	path, why := blamed(path, err)
	j.con.line("%s: %s", quoted(path), sentence(why.Error()))
}

// retrying says that a file is tried once more.
func (j *job) retrying(p *progress) func(path string, f retry.Failure) {
	return func(path string, f retry.Failure) {
		p.tried.Store(path, nil)
		path, why := blamed(path, f.Err)
		j.con.line("%s: %s; trying again in %v", quoted(path), sentence(why.Error()), f.Wait.Round(10*time.Millisecond))
	}
}

// gaveUp reports whether an error is one that might have passed.
func gaveUp(err error) bool {
	_, passing := errors.AsType[*retry.GaveUpError](err)
	return passing
}
