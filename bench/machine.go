package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/penstock-go/penstock/pressure"
)

// Machine is what figures were measured on.
type Machine struct {
	Processor  string `json:"processor"` // empty where it is not known
	Cores      int    `json:"cores"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Memory     int64  `json:"memory_bytes"` // 0 where it is not known
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	Go         string `json:"go"`
}

// ThisMachine is the one that the process runs on.
func ThisMachine() Machine {
	return Machine{
		Processor: processor(), Cores: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		Memory: pressure.MachineMemory(), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(),
	}
}

// processor is the name that Linux has for the first one.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String is the machine in one line.
func (m Machine) String() string {
	name := m.Processor
	if name == "" {
		name = "processor"
	}
	s := fmt.Sprintf("%d × %s", m.Cores, name)
	if m.GOMAXPROCS != m.Cores {
		s += fmt.Sprintf(" (GOMAXPROCS=%d)", m.GOMAXPROCS)
	}
	if m.Memory > 0 {
		s += fmt.Sprintf(", %.1f GiB", float64(m.Memory)/(1<<30))
	}
	return fmt.Sprintf("%s, %s/%s, %s", s, m.OS, m.Arch, m.Go)
}
