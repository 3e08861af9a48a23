package disktest

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// block is how many bytes reach the medium together or not at all. Sectors have
// 512 or more; fewer tear a record of a few hundred bytes in several places.
const block = 64

// Crash is the directory as a power cut now may leave it; l itself stays as it
// is, so that many seeds can be tried. What it returns stands on a file system of
// its own.
//
// Names: of the changes that were not synced some happened and some did not, in
// any order, except that of changes to the same name a later one needs the
// earlier. A rename happened or did not; it is never half of one. The first name of a file
// that was made without may be gone until the file was synced with it, whatever became of
// its directory.
//
// Bytes: of the writes that were not synced every block is there, or is not, or
// is zeros, or is torn: new up to some byte and old after it. A file may have its
// new length without any of its new bytes.
func (l *Losing) Crash(seed uint64) *Losing {
	l.system.mu.Lock()
	defer l.system.mu.Unlock()
	c := crash{
		random: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // chance that can be repeated
		files:  map[*inode]*inode{},
	}
	after := NewLosing()
	after.system.ticks = l.system.ticks
	c.directoryLocked(l, after)
	return after
}

// crash is one power cut.
type crash struct {
	random *rand.Rand
	files  map[*inode]*inode // what has become of each
}

// directoryLocked fills after with what is left of l.
func (c *crash) directoryLocked(l, after *Losing) {
	left := l.self.crash(c.random)
	left.names, after.self = after, left
	names := l.survivingLocked(c.random)
	for _, name := range slices.Sorted(maps.Keys(names)) { // a map's order would not be the seed's
		n := names[name]
		if n.link == unlinked || n.link == linked && c.random.IntN(2) == 0 {
			continue // it is deleted there
		}
		if c.files[n] == nil {
			c.files[n] = c.fileLocked(n, after.system)
		}
		after.shown[name], after.lasting[name] = c.files[n], c.files[n]
	}
}

func (c *crash) fileLocked(n *inode, s *system) *inode {
	if n.names == nil {
		return n.crash(c.random)
	}
	below := s.directory(0)
	c.directoryLocked(n.names, below)
	return below.self
}

// survivingLocked are the names after a power cut.
func (l *Losing) survivingLocked(random *rand.Rand) map[string]*inode {
	names := maps.Clone(l.lasting)
	undone := map[string]bool{} // names of which a change did not happen
	for _, c := range l.pending {
		happened := random.IntN(2) == 0
		for name := range c.names {
			happened = happened && !undone[name]
		}
		if happened {
			c.apply(names)
			continue
		}
		for name := range c.names {
			undone[name] = true
		}
	}
	return names
}

// crash is the file after a power cut.
func (n *inode) crash(random *rand.Rand) *inode {
	content := slices.Clone(n.lasting)
	for _, e := range n.pending {
		if e.cut {
			if random.IntN(2) == 0 {
				content = e.apply(content)
			}
			continue
		}
		for _, part := range e.blocks() {
			content = part.crash(random, content)
		}
	}
	modified := n.modified
	if n.synced != modified && random.IntN(2) == 0 {
		modified = n.synced
	}
	return &inode{
		number: n.number, mode: n.mode, target: n.target,
		modified: modified, changed: n.changed, synced: modified,
		shown: content, lasting: slices.Clone(content),
	}
}

// blocks are the parts of a write that happen together.
func (e edit) blocks() []edit {
	var parts []edit
	for from, end := e.offset, e.offset+int64(len(e.bytes)); from < end; {
		to := min(end, (from/block+1)*block)
		parts = append(parts, edit{offset: from, bytes: e.bytes[from-e.offset : to-e.offset]})
		from = to
	}
	return parts
}

// crash is the content with what became of one block.
func (e edit) crash(random *rand.Rand, content []byte) []byte {
	switch random.IntN(4) {
	case 0:
		return e.apply(content)
	case 1:
		return edit{offset: e.offset, bytes: make([]byte, len(e.bytes))}.apply(content)
	case 2:
		return edit{offset: e.offset, bytes: e.bytes[:random.IntN(len(e.bytes))]}.apply(content)
	default:
		return content
	}
}
