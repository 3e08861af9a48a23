package batch

// names are those that are still to be visited in every directory on the way
// down to the current one, each directory's in order.
type names struct {
	arena  arena
	levels []level
}

// level is one directory's share.
type level struct {
	start, first int // where it begins in the arena's records and index
	at           int // the next one in index
}

// begin puts a directory on top.
func (n *names) begin() {
	n.levels = append(n.levels, level{
		start: len(n.arena.records), first: len(n.arena.index), at: len(n.arena.index),
	})
}

// add gives the directory on top a name.
func (n *names) add(name []byte) error {
	n.arena.add(n.top().start, name)
	return nil
}

// end says that the directory on top is complete.
func (n *names) end() error {
	n.arena.sort(n.top().start, n.top().first)
	return nil
}

// next is the next name of the directory on top, valid until the next call; nil
// when there is none left.
func (n *names) next() ([]byte, error) {
	l := n.top()
	if l.at == len(n.arena.index) {
		return nil, nil
	}
	l.at++
	return recordAt(n.arena.records[l.start:], n.arena.index[l.at-1]), nil
}

// drop takes the directory on top away.
func (n *names) drop() {
	l := n.top()
	n.arena.truncate(l.start, l.first)
	n.levels = n.levels[:len(n.levels)-1]
}

func (n *names) top() *level { return &n.levels[len(n.levels)-1] }
