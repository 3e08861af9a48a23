package batch

import (
	"io/fs"
	"sync/atomic"
)

// Skip is a reason for which a walk leaves something out that it found.
type Skip int

// The reasons.
const (
	SkipSymlink    Skip = iota // a symbolic link, where links are not followed
	SkipFIFO                   // nothing that has an end
	SkipSocket                 // nothing to read
	SkipDevice                 // block or character
	SkipUnknown                // of a type that this system has no name for
	SkipExcluded               // by a pattern; a directory counts once
	SkipFileSystem             // a directory on another file system
	SkipNamed                  // one of WalkOptions.Skip
	SkipUnfinished             // a temporary file of package local

	Skips = iota // how many reasons there are
)

// String is the reason as what was left out: "symbolic link".
func (s Skip) String() string {
	return [Skips]string{
		"symbolic link", "FIFO", "socket", "device", "of unknown type",
		"excluded", "on another file system", "own output",
		"unfinished by penstock",
	}[s]
}

// skipped counts by reason.
type skipped [Skips]atomic.Int64

// skipOf is the reason to leave out what is neither file nor directory.
func skipOf(kind fs.FileMode) Skip {
	switch {
	case kind&fs.ModeSymlink != 0:
		return SkipSymlink
	case kind&fs.ModeNamedPipe != 0:
		return SkipFIFO
	case kind&fs.ModeSocket != 0:
		return SkipSocket
	case kind&fs.ModeDevice != 0:
		return SkipDevice
	default:
		return SkipUnknown
	}
}
