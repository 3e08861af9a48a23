package local

import (
	"errors"
	"fmt"
	"sync"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// names is how much of what happened to the names in a directory lasts. The zero
// value knows nothing of what happened before.
type names struct {
	syncing sync.Mutex // held by whoever syncs, so that the next one sees how it ended
	failed  error      // guarded by syncing
	until   uint64     // guarded by syncing: how many changes the sync that is under way covers
	whole   bool       // guarded by syncing: it has to be one of the file system

	mu      sync.Mutex
	changes uint64 // guarded by mu: how many there were
	owed    uint64 // guarded by mu: the last of those that must last
	linked  uint64 // guarded by mu: the last of those that gave a file its first name
	synced  uint64 // guarded by mu: how many last, and 1 for what was before
	broken  bool   // guarded by mu: a sync has failed
	earlier bool   // guarded by mu: oweEarlier was called
	lost    error  // guarded by mu: why first names may not last
}

// touch notes a change that may be lost, such as a temporary name.
func (n *names) touch() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.changes++
}

// owe notes a change that must last before anybody may be told.
func (n *names) owe() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.changes++
	n.owed = n.changes
}

// oweLink is owe of a first name, which has to be synced with the file that it is of.
func (n *names) oweLink() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.linkLocked()
}

func (n *names) linkLocked() {
	n.changes++
	n.owed, n.linked = n.changes, n.changes
}

// oweEarlier has what is there synced, as if it had got its names just now: whoever gave
// them to it may have been killed before it lasted. Once is enough.
func (n *names) oweEarlier() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.earlier {
		return
	}
	n.earlier = true
	n.linkLocked()
}

// lose is told that a sync of the file system has failed. Nobody is told of that failure
// again, so that first names which do not last yet may be lost whatever comes after it.
func (n *names) lose(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.linked+1 > max(n.synced, 1) {
		n.lost = err
	}
}

// owesLink reports whether there is a first name that does not last yet, and why it may
// never.
func (n *names) owesLink() (owes bool, lost error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.linked+1 > max(n.synced, 1), n.lost
}

// owing reports whether there is something that must last and does not yet, or
// never will for all that is known.
func (n *names) owing() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.broken || n.owed+1 > max(n.synced, 1)
}

// sync makes the names of d last, unless they do, with whole where the file system is to be
// synced.
func (n *names) sync(d disk.Opener, whole func(disk.Opener) error) error {
	if !n.begin() {
		return n.end(nil)
	}
	err := errors.ErrUnsupported
	if n.whole {
		err = whole(d)
	}
	if errors.Is(err, errors.ErrUnsupported) { // there are no first names to be synced there
		err = disk.SyncNames(d)
	}
	return n.end(err)
}

// begin takes the names in hand until end, and reports whether there is something
// to sync. After a failure it is not tried again: the next one would say nil, and
// have synced nothing.
func (n *names) begin() bool {
	n.syncing.Lock()
	if n.failed != nil {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.until, n.whole = n.changes+1, n.linked+1 > max(n.synced, 1)
	return n.synced != n.until
}

// end says how the sync since begin went, and returns what that means for the names.
func (n *names) end(err error) error {
	defer n.syncing.Unlock()
	if n.failed != nil {
		return n.failed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		err = n.lost
	}
	if err = cause(err); err != nil {
		n.failed = fmt.Errorf("an earlier sync of the directory went wrong: %w", err)
		n.broken, n.lost = true, err
		return err
	}
	n.synced = n.until
	return nil
}
