package disktest

import (
	"io/fs"
	"time"
)

// info is what a [Losing] tells of a file at one moment.
type info struct {
	name     string
	number   uint64
	mode     fs.FileMode
	size     int64
	modified int64
	changed  int64
}

func (n *inode) info(name string) fs.FileInfo {
	return info{name, n.number, n.mode, int64(len(n.shown)), n.modified, n.changed}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Unix(0, i.modified) }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return i.sys() }
