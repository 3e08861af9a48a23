package local

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// nonblocking is nothing here: no file of this system waits to be opened.
const nonblocking = 0

// statusOfInfo is what the info tells: neither volume nor index.
func statusOfInfo(info fs.FileInfo) Status {
	s := Status{Mode: info.Mode()}
	s.Identity.Size, s.Identity.ModTime = info.Size(), info.ModTime().UnixNano()
	return s
}

// opensToIdentify says whether an info lacks what identify finds.
const opensToIdentify = true

// identify adds the volume and the index, for which a file has to be open.
func identify(f opened, s *Status) error {
	var d windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &d); err != nil {
		return err
	}
	s.Identity.Device = uint64(d.VolumeSerialNumber)
	s.Identity.Inode = uint64(d.FileIndexHigh)<<32 | uint64(d.FileIndexLow)
	return nil
}

// owned has nothing to fill in: there is no user and no group.
func owned(fs.FileInfo, *Meta) bool { return false }
