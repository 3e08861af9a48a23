package local

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/checkpoint"
)

// blockSize is the unit of st_blocks, whatever the file system's is.
const blockSize = 512

func statusOf(st *unix.Stat_t) Status {
	return Status{
		Mode:   modeOf(st.Mode),
		Links:  uint64(st.Nlink), //nolint:unconvert // 32 bits wide on arm
		sparse: st.Blocks*blockSize < st.Size,
		Identity: checkpoint.Identity{
			Device:     uint64(st.Dev), //nolint:unconvert // 32 bits wide on mips
			Inode:      st.Ino,
			Size:       st.Size,
			ModTime:    nanoseconds(st.Mtim),
			ChangeTime: nanoseconds(st.Ctim),
		},
	}
}

func nanoseconds(t unix.Timespec) int64 {
	return int64(t.Sec)*int64(time.Second) + int64(t.Nsec) //nolint:unconvert // 32 bits wide on 32-bit systems
}

func modeOf(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		m |= fs.ModeDir
	case unix.S_IFLNK:
		m |= fs.ModeSymlink
	case unix.S_IFIFO:
		m |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		m |= fs.ModeSocket
	case unix.S_IFBLK:
		m |= fs.ModeDevice
	case unix.S_IFCHR:
		m |= fs.ModeDevice | fs.ModeCharDevice
	default:
		m |= fs.ModeIrregular
	}
	return m
}
