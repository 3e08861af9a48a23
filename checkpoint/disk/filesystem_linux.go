package disk

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// known are the file systems whose syncfs is known to write out all bytes and to return
// every failure since the descriptor was opened, and which have files without names. FUSE
// is not asked to sync at all, and overlayfs keeps failures where the descriptor does not
// look.
var known = []uint32{
	unix.EXT4_SUPER_MAGIC, // ext2 and ext3 too
	unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC,
}

// onKnown reports whether a descriptor is of one of them.
func onKnown(fd int) (bool, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return false, err
	}
	return slices.Contains(known, uint32(st.Type)), nil //nolint:gosec // 32 bits of magic
}

// syncAll is syncfs, and after it the flush that this lacks on ext2, and on ext4 without a
// journal: there it flushes the medium's cache before the names have been written, and a
// sync of one file does so once more. With a journal that finds nothing to do.
func syncAll(fd int) error {
	if err := unix.Syncfs(fd); err != nil {
		return err
	}
	return unix.Fsync(fd)
}

// SyncFilesystem is one syncfs. It knows of failures since the opening of f, as
// every descriptor notes how many its file system had by then.
func (f *file) SyncFilesystem() error {
	return f.fail("syncfs", control(f.File, func(fd int) error {
		known, err := onKnown(fd)
		if err != nil {
			return err
		}
		if !known || !syncfsTells() {
			return errors.ErrUnsupported
		}
		return step("syncfs", f.name, func() error { return syncAll(fd) })
	}))
}

// syncfsTells says whether syncfs returns failures to write at all, as it does
// since Linux 5.8.
var syncfsTells = sync.OnceValue(func() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return atLeast(unix.ByteSliceToString(u.Release[:]), 5, 8)
})

// atLeast compares a release such as 6.1.0-13-amd64.
func atLeast(release string, major, minor int) bool {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return false
	}
	a, err := strconv.Atoi(parts[0])
	if err != nil {
		return false
	}
	digits := strings.IndexFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(parts[1])
	}
	b, err := strconv.Atoi(parts[1][:digits])
	return err == nil && (a > major || a == major && b >= minor)
}
