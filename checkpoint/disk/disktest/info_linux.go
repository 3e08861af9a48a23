package disktest

import (
	"os"
	"syscall"
)

// device is that of all files here.
const device = 1

// sys is what the os package would have there, so that code which asks it for
// the inode or the owner works here too.
func (i info) sys() any {
	return &syscall.Stat_t{
		Dev:  device,
		Ino:  i.number,
		Uid:  uint32(os.Geteuid()), //nolint:gosec // a user id
		Size: i.size,
		Mtim: syscall.NsecToTimespec(i.modified),
		Ctim: syscall.NsecToTimespec(i.changed),
	}
}
