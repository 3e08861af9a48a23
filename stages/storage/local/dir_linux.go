package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// The fixed part of a linux_dirent64: inode, offset, length of the record, type.
const (
	direntLength = 16
	direntType   = 18
	direntName   = 19
)

// scratchSize is the buffer that glibc's readdir uses: about 1,000 names a call.
const scratchSize = 32 << 10

// entries parses the kernel's records itself: os.File.ReadDir makes a name and
// an entry of each on the heap, which is most of what a walk would allocate.
func (h handle) entries(scratch []byte, each func(Entry) error) error {
	if len(scratch) < 4<<10 {
		scratch = make([]byte, scratchSize)
	}
	for {
		n, err := unix.Getdents(int(h), scratch)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return err
		}
		if err := eachRecord(scratch[:n], each); err != nil {
			return err
		}
	}
}

func eachRecord(records []byte, each func(Entry) error) error {
	for len(records) > direntName {
		length := int(binary.NativeEndian.Uint16(records[direntLength:]))
		if length <= direntName || length > len(records) {
			return unix.EIO // a file system that answers nonsense
		}
		record := records[:length]
		records = records[length:]
		name, _, _ := bytes.Cut(record[direntName:], []byte{0})
		inode := binary.NativeEndian.Uint64(record)
		if inode == 0 || string(name) == "." || string(name) == ".." {
			continue
		}
		if err := each(Entry{Name: name, Type: typeOf(record[direntType]), Inode: inode}); err != nil {
			return err
		}
	}
	return nil
}

func typeOf(d byte) fs.FileMode {
	if d == unix.DT_UNKNOWN {
		return TypeUnknown
	}
	return modeOf(uint32(d) << 12) // DT_ values are the S_IF bits
}
