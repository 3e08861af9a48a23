package local

import (
	"fmt"
	"sync"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// names is how much of what happened to the names in a directory lasts. The zero
// value knows nothing of what happened before.
type names struct {
	syncing sync.Mutex // held by whoever syncs, so that the next one sees how it ended
	failed  error      // guarded by syncing

	mu      sync.Mutex
	changes uint64 // guarded by mu: how many there were
	owed    uint64 // guarded by mu: the last of those that must last
	synced  uint64 // guarded by mu: how many last, and 1 for what was before
	broken  bool   // guarded by mu: a sync has failed
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

// owing reports whether there is something that must last and does not yet, or
// never will for all that is known.
func (n *names) owing() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.broken || n.owed+1 > max(n.synced, 1)
}

// sync makes the names of d last, unless they do. After a failure it is not tried
// again: the next one would say nil, and have synced nothing.
func (n *names) sync(d disk.Opener) error {
	n.syncing.Lock()
	defer n.syncing.Unlock()
	if n.failed != nil {
		return n.failed
	}
	n.mu.Lock()
	until, done := n.changes+1, n.synced
	n.mu.Unlock()
	if done == until {
		return nil
	}
	err := cause(disk.SyncNames(d))
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.failed = fmt.Errorf("an earlier sync of the directory went wrong: %w", err)
		n.broken = true
		return err
	}
	n.synced = until
	return nil
}
