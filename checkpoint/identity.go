package checkpoint

import "time"

// Identity tells one version of a source from any other: the file it is, how
// long it is, and when its bytes and its inode last changed. Two identities
// that are equal under == name the same bytes as far as a file system can say.
//
// ChangeTime is what catches a writer that puts the modification time back.
// Where a platform has no inode, device or change time the field is zero, and
// the comparison rests on the others.
type Identity struct {
	Device     uint64 `json:"device"`      // st_dev
	Inode      uint64 `json:"inode"`       // st_ino
	Size       int64  `json:"size"`        // bytes
	ModTime    int64  `json:"mod_time"`    // st_mtime, nanoseconds since the Unix epoch
	ChangeTime int64  `json:"change_time"` // st_ctime, nanoseconds since the Unix epoch
}

// Modified is ModTime as a time.
func (i Identity) Modified() time.Time { return time.Unix(0, i.ModTime) }

// SameFile reports whether both name the same file, whatever its state: the
// answer to "is this the very file that I looked at", which a swapped path fails.
func (i Identity) SameFile(other Identity) bool {
	return i.Device == other.Device && i.Inode == other.Inode
}

// known reports whether there is a file that it is the same as: where no inodes
// are told, every file would be.
func (i Identity) known() bool { return i.Inode != 0 }

// unwritten reports whether other is the same file and was not written to since,
// under whatever name: a rename changes ChangeTime alone, a write ModTime too.
func (i Identity) unwritten(other Identity) bool {
	return i.SameFile(other) && i.Size == other.Size && i.ModTime == other.ModTime
}
