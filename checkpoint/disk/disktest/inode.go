package disktest

import (
	"io"
	"io/fs"
)

// inode is one file, directory or symbolic link of a [Losing], under whatever names.
type inode struct {
	number   uint64
	mode     fs.FileMode
	names    *Losing // of a directory
	target   string  // of a symbolic link
	shown    []byte
	lasting  []byte
	pending  []edit // since lasting, in order
	modified int64  // nanoseconds
	changed  int64
	synced   int64 // modified, as it was synced
	link     link
}

// link is whether the medium knows of the name that a file has.
type link int8

const (
	named    link = iota // it does, or the file was made with a name
	linked               // it does not yet
	unlinked             // it never will: the sync that should have told it has failed
	none                 // there is no name
)

// edit is one write, or one change of the size.
type edit struct {
	offset int64
	bytes  []byte
	cut    bool // to size, and nothing is written
	size   int64
	lost   bool // a Sync of it has failed
}

func (n *inode) touch(now int64) { n.modified, n.changed = now, now }

func (n *inode) edit(now int64, e edit) {
	n.shown = e.apply(n.shown)
	n.pending = append(n.pending, e)
	n.touch(now)
}

// apply gives the content after the edit; it may be made of the one before.
func (e edit) apply(content []byte) []byte {
	if e.cut {
		return resize(content, e.size)
	}
	content = resize(content, max(int64(len(content)), e.offset+int64(len(e.bytes))))
	copy(content[e.offset:], e.bytes)
	return content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

func (n *inode) readAt(p []byte, offset int64) (int, error) {
	if offset >= int64(len(n.shown)) {
		return 0, io.EOF
	}
	copied := copy(p, n.shown[offset:])
	if copied < len(p) {
		return copied, io.EOF
	}
	return copied, nil
}

// sync makes what was written last, except what an earlier Sync has lost.
func (n *inode) sync() {
	if n.link == linked {
		n.link = named
	}
	for _, e := range n.pending {
		if !e.lost {
			n.lasting = e.apply(n.lasting)
		}
	}
	n.pending, n.synced = nil, n.modified
}

// syncAll is sync, and of a directory that of its names too.
func (n *inode) syncAll() {
	n.sync()
	if n.names != nil {
		n.names.syncLocked()
	}
}

// forgetAll is what a failed syncAll does.
func (n *inode) forgetAll() {
	n.forget()
	if n.names != nil {
		n.names.forgetLocked()
	}
}

// forget is what a failed sync does.
func (n *inode) forget() {
	for i := range n.pending {
		n.pending[i].lost = true
	}
	if n.link == linked {
		n.link = unlinked
	}
}
