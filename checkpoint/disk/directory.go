package disk

import (
	"io"
	"io/fs"
	"time"
)

// Directory is a directory whose contents must last. Its methods may be used by
// several goroutines at once, and return the errors of package os: errors.Is
// finds fs.ErrNotExist and fs.ErrExist in them.
type Directory interface {
	Opener
	Namer
	io.Closer
}

// Opener opens the file name, with the flags of package os and the permissions
// that the umask leaves. Opening "." for reading is what [SyncNames] and ReadDir
// need. A FIFO may keep the caller for ever: ask Lstat first.
type Opener interface {
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
}

// Namer looks at names and changes them. None of the changes lasts before
// [SyncNames].
type Namer interface {
	// Lstat says what stands under the name, a symbolic link for itself.
	Lstat(name string) (fs.FileInfo, error)
	Chtimes(name string, accessed, modified time.Time) error
	// Rename replaces what stands under to. At every moment, and after a power
	// cut, that name leads to the one or to the other.
	Rename(from, to string) error
	Remove(name string) error
}

// File is an open file of a Directory, or the directory itself.
//
// Offsets are the caller's: there is no Write that appends, because after a write
// that failed half way only the caller knows where the good bytes end.
type File interface {
	io.ReaderAt
	io.WriterAt
	Shaper
	Lister
	Syncer
}

// Shaper tells and sets what a file is like.
type Shaper interface {
	Stat() (fs.FileInfo, error)
	Chmod(fs.FileMode) error
	// Truncate cuts the file to size, or fills it up with zeros.
	Truncate(size int64) error
}

// Lister yields the names in a directory that was opened as ".", at most n at a
// time, and io.EOF after the last. Only the entries' names are good: what they
// are is asked of Lstat.
type Lister interface {
	ReadDir(n int) ([]fs.DirEntry, error)
}

// Syncer ends the writing.
type Syncer interface {
	// Sync returns nil once all that was written would survive a power cut. After
	// an error it must not be called again; see the package comment.
	Sync() error
	// Close may be where a write's failure comes to light. Closing syncs nothing.
	io.Closer
}
