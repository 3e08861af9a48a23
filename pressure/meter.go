package pressure

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/metrics"

	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/process"
)

// MeterOptions are the settings of a [Meter]; their zero value is the default of
// each.
type MeterOptions struct {
	// Ceiling of the process's resident set, in bytes. 0 means 50 MiB.
	Ceiling int64
	// SystemShare is the part of the machine's memory that may be in use. 0 means
	// 0.80.
	SystemShare float64
	// Root is where /proc and the mounted control groups are looked for. Empty
	// means "/"; another place is for tests.
	Root string
}

// Meter reads the memory of this process and of what it runs in. It belongs to
// one goroutine and holds nothing open. A reading takes about 0.2 ms of CPU,
// most of it to open files: at four a second, descriptors kept open would save
// 0.05 % of one CPU, and would not follow a process that is moved to another
// control group.
type Meter struct {
	options MeterOptions
	process *process.Process
	heap    []metrics.Sample
	cgroups *cgroups
}

// NewMeter makes a Meter.
func NewMeter(o MeterOptions) (*Meter, error) {
	o.Ceiling = orDefault(o.Ceiling, defaultMaxMemory)
	o.SystemShare = orDefault(o.SystemShare, defaultSystemShare)
	o.Root = orDefault(o.Root, "/")
	if err := errors.Join(
		checkLeast("Ceiling", o.Ceiling, leastMemory),
		checkFraction("SystemShare", o.SystemShare),
	); err != nil {
		return nil, err
	}
	self, err := process.NewProcess(int32(os.Getpid())) //nolint:gosec // a process id fits
	if err != nil {
		return nil, fmt.Errorf("find this process: %w", err)
	}
	heap := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/gc/gomemlimit:bytes"},
	}
	return &Meter{options: o, process: self, heap: heap, cgroups: findCgroups(o.Root)}, nil
}

// Read is one reading of each source there is. A source without a limit (no
// GOMEMLIMIT, no control group) is no error; of those that should be there and
// cannot be read, every error is reported, and the others are read all the same.
func (m *Meter) Read() (Memory, error) {
	var memory Memory
	var errs [3]error
	memory[SourceProcess], errs[0] = m.readProcess()
	memory[SourceHeap] = m.readHeap()
	memory[SourceSystem], errs[1] = m.readSystem()
	memory[SourceCgroup], errs[2] = m.cgroups.read()
	return memory, errors.Join(errs[:]...)
}

func (m *Meter) readProcess() (Reading, error) {
	info, err := m.process.MemoryInfo()
	if err != nil {
		return Reading{Source: SourceProcess}, fmt.Errorf("read process memory: %w", err)
	}
	return Reading{SourceProcess, clampInt64(info.RSS), m.options.Ceiling}, nil
}

// readHeap counts spans in use, as runtime.MemStats.HeapInuse does without
// stopping the world. Without a limit of the runtime's there is none here.
func (m *Meter) readHeap() Reading {
	metrics.Read(m.heap)
	r := Reading{Source: SourceHeap, Used: clampInt64(m.heap[0].Value.Uint64() + m.heap[1].Value.Uint64())}
	if limit := clampInt64(m.heap[2].Value.Uint64()); limit < math.MaxInt64 {
		r.Limit = limit
	}
	return r
}

// readSystem counts what is not available, so that a full page cache, which is
// given back when it is needed, is no pressure.
func (m *Meter) readSystem() (Reading, error) {
	v, err := mem.VirtualMemory()
	if err == nil && v.Total == 0 { // gopsutil's answer when it could not open the file
		err = errors.New("no figures")
	}
	if err != nil {
		return Reading{Source: SourceSystem}, fmt.Errorf("read system memory: %w", err)
	}
	used := v.Total - min(v.Available, v.Total)
	return Reading{SourceSystem, clampInt64(used), int64(m.options.SystemShare * float64(v.Total))}, nil
}

// MachineMemory is how much memory the machine has, in bytes; 0 when that cannot
// be read.
func MachineMemory() int64 {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0
	}
	return clampInt64(v.Total)
}

func clampInt64(v uint64) int64 { return int64(min(v, math.MaxInt64)) }
