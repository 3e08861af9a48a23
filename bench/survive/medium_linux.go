package main

import (
	"errors"
	"os"

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

// limitFiles sets the largest file that a process may write, bytes.
func limitFiles(pid int, bytes uint64) error {
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: bytes}, nil)
}
