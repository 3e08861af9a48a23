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

// NewRenamer is a Namer that can take a name in one step only if it is new.
type NewRenamer interface {
	// RenameNew is Rename where nothing stands under to, and fs.ErrExist where something
	// does. It is errors.ErrUnsupported, and nothing has happened, where the file system
	// has no such step.
	RenameNew(from, to string) error
}

// UnnamedCreator is an Opener that can make files without a name.
type UnnamedCreator interface {
	// CreateUnnamed opens a new file for writing, with the permissions that the umask
	// leaves. It is gone with its descriptor, unless it has been given a name. The error
	// is errors.ErrUnsupported, and nothing has happened, where the file system has no
	// such files.
	CreateUnnamed(perm fs.FileMode) (UnnamedFile, error)
}

// UnnamedFile is a File that was made without a name.
type UnnamedFile interface {
	File
	// LinkAs gives it a name in the directory that it was made in, and is fs.ErrExist
	// where something has that name.
	//
	// What was written before lasts under it only if [FilesystemSyncer] has synced it by
	// then: Sync of a file without a name says nil and does nothing on Btrfs before Linux
	// 6.17. The name lasts once the file, after it was linked, and the names of the
	// directory were synced, as by one [SyncFilesystem].
	LinkAs(name string) error
}

// File is an open file of a Directory, or the directory itself.
//
// Offsets are the caller's: there is no Write that appends, because after a write
// that failed half way only the caller knows where the good bytes end.
type File interface {
	ReadWriterAt
	Shaper
	Preserver
	Lister
	Syncer
}

// ReadWriterAt reads and writes the bytes.
type ReadWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// Shaper tells and sets what a file is like.
type Shaper interface {
	Stat() (fs.FileInfo, error)
	Chmod(fs.FileMode) error
	// Truncate cuts the file to size, or fills it up with zeros.
	Truncate(size int64) error
}

// Preserver sets what a copy keeps of its original besides the bytes. What a
// system or a file system does not have is errors.ErrUnsupported, EINVAL or EPERM,
// as that system pleases.
type Preserver interface {
	// Chown gives the file to a user and a group; -1 leaves either as it is. It may
	// take setuid and setgid away.
	Chown(uid, gid int) error
	// SetTimes sets what is not zero. Outside of Linux it goes by the name that the
	// file was opened under.
	SetTimes(accessed, modified time.Time) error
	// SetAttribute sets an extended attribute, whose name begins with its namespace.
	SetAttribute(name string, value []byte) error
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

// FilesystemSyncer is a File that can sync many others at once.
type FilesystemSyncer interface {
	// SyncFilesystem is Sync of this file and of every one of the same file system
	// that was opened after it. What was written to files that were opened before may
	// have failed without its telling. It is errors.ErrUnsupported, and nothing has
	// happened, where the system or the file system would not tell of every failure:
	// then sync each.
	//
	// It writes out what other programs have written too, and returns their failures.
	// Of "." it is SyncNames of every directory as well, as [SyncFilesystem] says.
	SyncFilesystem() error
}
