package retry

import "fmt"

// Class is what went wrong, as far as trying again is concerned. Classes are
// ordered: where an error holds several, the highest is its class. The zero
// value is Unknown, which is permanent.
type Class int8

// The classes, from the one that says least to the one that forbids most.
const (
	Unknown    Class = iota // nothing known, and so nothing to hope for
	Network                 // a peer, or the way to it
	FileSystem              // a file system that may do better the next time
	Memory                  // the system has no memory for it now
	Gone                    // the file or device is not there
	Changed                 // the source is not the one that was begun with
	Permission              // not allowed, or read-only
	Full                    // no room left, or none in the quota
)

// String is the class in the words of a message: "network", "file system", ….
func (c Class) String() string {
	switch c {
	case Unknown:
		return "unknown"
	case Network:
		return "network"
	case FileSystem:
		return "file system"
	case Memory:
		return "memory"
	case Gone:
		return "gone"
	case Changed:
		return "changed"
	case Permission:
		return "permission"
	case Full:
		return "full"
	}
	return fmt.Sprintf("Class(%d)", int8(c))
}

// Temporary reports whether the same operation may succeed a little later. What
// is not temporary is permanent: [Do] never tries it again.
func (c Class) Temporary() bool { return c == Network || c == FileSystem || c == Memory }

// EndsJob reports whether the other files of the same job would fail in the same
// way, so that beginning them is no use: no retry makes room.
func (c Class) EndsJob() bool { return c == Full }
