package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// shutdown is EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32): the file system does
	// nothing any more. Its argument says what is still written out: noLogFlush is
	// nothing at all, as when the power is gone.
	shutdown   = 0x8004587d
	noLogFlush = 2
)

// cut lets nothing more reach the medium.
func (m *medium) cut() error {
	d, err := os.Open(m.dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlSetPointerInt(int(d.Fd()), shutdown, noLogFlush), d.Close())
}

// freeze stops a process where it is, if it is not over.
func freeze(p *os.Process) {
	_ = p.Signal(unix.SIGSTOP)
	for range 100 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
		_, state, _ := bytes.Cut(stat, []byte(") "))
		if err != nil || len(state) == 0 || state[0] == 'T' || state[0] == 'Z' {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// limitFiles sets the largest file that a process may write, bytes.
func limitFiles(pid int, bytes uint64) error {
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: bytes}, nil)
}
