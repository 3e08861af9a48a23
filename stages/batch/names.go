package batch

// names are those that are still to be visited in every directory on the way
// down to the current one, each directory's in order, in a bounded memory.
//
// It is a stack of levels in one arena. When a directory outgrows what is left
// of the memory, the levels above it in the tree go to the temporary file, for
// they are needed last; when it outgrows the whole, it is sorted in runs there.
// So the levels on disk are always the lowest of the stack, and only the one on
// top is ever read or written.
type names struct {
	memory int // bytes for the arena
	arena  arena
	disk   runs
	levels []level
	onDisk int // how many levels are, from the bottom

	room   []byte // what the level on top is read through when it is on disk
	roomOf int    // the level whose cursor has read into room
}

// level is one directory's share.
type level struct {
	start, first int // where it begins in the arena's records and index
	at           int // the next one in index

	runs []extent // of names that were too many, until end merges them
	rest cursor   // in place of the arena for a level on disk
	base int64    // where the disk's top is without this level
}

// begin puts a directory on top.
func (n *names) begin() {
	n.levels = append(n.levels, level{
		start: len(n.arena.records), first: len(n.arena.index), at: len(n.arena.index),
	})
}

// add gives the directory on top a name. After an error only drop makes sense of
// it; the levels below are unharmed.
func (n *names) add(name []byte) error {
	if n.arena.size()+cost(name) > n.memory {
		if err := n.makeRoom(cost(name)); err != nil {
			return err
		}
	}
	n.arena.add(n.top().start, name)
	return nil
}

// end says that the directory on top is complete, and puts it in order.
func (n *names) end() error {
	t := n.top()
	if t.runs == nil {
		n.arena.sort(t.start, t.first)
		return nil
	}
	if err := n.writeRun(); err != nil {
		return err
	}
	run, err := n.disk.merge(t.runs, n.arena.records[:cap(n.arena.records)])
	if err != nil {
		return err
	}
	t.runs, t.rest = nil, cursor{extent: run}
	n.onDisk = len(n.levels)
	return nil
}

// next is the next name of the directory on top, valid until the names are used
// again; nil when there is none left.
func (n *names) next() (name []byte, err error) {
	t := n.top()
	if n.onDisk < len(n.levels) {
		if t.at == len(n.arena.index) {
			return nil, nil
		}
		t.at++
		return recordAt(n.arena.records[t.start:], n.arena.index[t.at-1]), nil
	}
	if n.roomOf != len(n.levels) {
		n.roomOf, t.rest.buf = len(n.levels), nil
	}
	if n.room == nil {
		n.room = make([]byte, runBuffer)
	}
	name, n.room, err = t.rest.next(n.disk.file, n.room)
	return name, err
}

// drop takes the directory on top away.
func (n *names) drop() {
	t := n.top()
	if t.runs != nil || n.onDisk == len(n.levels) {
		n.disk.top = t.base
	}
	n.arena.truncate(t.start, t.first)
	n.levels = n.levels[:len(n.levels)-1]
	n.onDisk = min(n.onDisk, len(n.levels))
}

// close gives the temporary file back.
func (n *names) close() error { return n.disk.close() }

func (n *names) top() *level { return &n.levels[len(n.levels)-1] }

// makeRoom makes need bytes of the arena free, or all.
func (n *names) makeRoom(need int) error {
	if err := n.spillLower(); err != nil {
		return err
	}
	if n.arena.size()+need <= n.memory || len(n.arena.index) == 0 {
		return nil
	}
	return n.writeRun()
}

// spillLower writes what is left of the levels below the top, which are sorted,
// and slides the top down to where they were.
func (n *names) spillLower() error {
	for n.onDisk < len(n.levels)-1 {
		l, end := &n.levels[n.onDisk], n.levels[n.onDisk+1].first
		base := n.disk.top
		run, err := n.disk.write(n.arena.names(l.start, l.at, end))
		if err != nil {
			return err
		}
		*l = level{rest: cursor{extent: run}, base: base}
		n.onDisk++
	}
	t := n.top()
	n.arena.slide(t.start, t.first)
	t.start, t.first, t.at = 0, 0, 0
	return nil
}

// writeRun sorts what the arena holds of the top, all by then, and writes it.
func (n *names) writeRun() error {
	t := n.top()
	if t.runs == nil {
		t.base = n.disk.top
	}
	n.arena.sort(0, 0)
	run, err := n.disk.write(n.arena.names(0, 0, len(n.arena.index)))
	if err != nil {
		return err
	}
	t.runs = append(t.runs, run)
	n.arena.truncate(0, 0)
	return nil
}
