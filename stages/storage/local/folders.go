package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// maxIdle is how many directories are kept open that nobody uses, with two descriptors
// each. A walk comes back to those above the one that it is in, and trees that are
// deeper than this are rare.
const maxIdle = 16

// folder is a directory of a target that is open. Whoever acquires it releases it.
type folder struct {
	disk  disk.Directory
	name  string // below the target
	info  fs.FileInfo
	mode  atomic.Pointer[fs.FileMode] // that a new file gets in it; nil until one was made
	bare  bare
	names names
	uses  int  // guarded by folders.mu
	gone  bool // guarded by folders.mu: another one is open under the name
	moved bool // guarded by folders.mu: its name may lead elsewhere
}

// tree is the directory as one that has others in it.
func (f *folder) tree() disk.Tree { return f.disk.(disk.Tree) }

// device is its file system.
func (f *folder) device() uint64 { return statusOfInfo(f.info).Identity.Device }

// bare is whether nothing stood in a directory when somebody asked first.
type bare struct {
	once sync.Once
	is   bool // good after once
}

// of asks d, unless it is known.
func (b *bare) of(d disk.Directory) bool {
	b.once.Do(func() {
		names, err := d.OpenFile(".", os.O_RDONLY, 0)
		if err != nil {
			return
		}
		_, err = names.ReadDir(1)
		b.is = errors.Is(err, io.EOF)
		_ = names.Close() // it was only read
	})
	return b.is
}

// expect is nil where something of this kind stands under the name.
func (f *folder) expect(base string, kind fs.FileMode) error {
	info, err := f.disk.Lstat(base)
	if err == nil && info.Mode().Type() != kind {
		err = &WrongKindError{Mode: info.Mode(), Want: kind}
	}
	return err
}

// folders are the open directories of a target. Those with names that are still to
// be synced stay open, since a failure to sync them is theirs to know.
type folders struct {
	mu     sync.Mutex
	open   map[string]*folder // guarded by mu, as what follows
	idle   []*folder          // in nobody's use, the longest first
	closed bool
}

func (c *folders) begin(top *folder) { c.open = map[string]*folder{".": top} }

// take is the folder of that name, if one is open and still the one there, which
// seen was made of; otherwise it is nil.
func (c *folders) take(name string, seen fs.FileInfo) *folder {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.open[name]
	if c.closed || f == nil || seen != nil && !same(f.info, seen) {
		return nil
	}
	f.moved = f.moved && seen == nil
	c.useLocked(f)
	return f
}

// takeInHand is the folder of that name, if somebody uses it; otherwise it is nil.
func (c *folders) takeInHand(name string) *folder {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.open[name]
	if c.closed || f == nil || f.uses == 0 || f.moved {
		return nil
	}
	f.uses++
	return f
}

// lose tells all of a sync of a file system that has failed.
func (c *folders) lose(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.open {
		f.names.lose(err)
	}
}

// moved has everybody look anew for f.
func (c *folders) moved(f *folder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.moved = true
}

// put takes f in, or gives the same directory that another goroutine has put.
func (c *folders) put(f *folder) (*folder, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, both(fs.ErrClosed, f.disk.Close())
	}
	old := c.open[f.name]
	if old != nil && same(old.info, f.info) {
		c.useLocked(old)
		return old, f.disk.Close()
	}
	c.open[f.name] = f
	f.uses++
	if old == nil {
		return f, nil
	}
	old.gone = true
	return f, c.settleLocked(old)
}

func (c *folders) useLocked(f *folder) {
	c.wakeLocked(f)
	f.uses++
}

func (c *folders) wakeLocked(f *folder) {
	if i := slices.Index(c.idle, f); i >= 0 {
		c.idle = slices.Delete(c.idle, i, i+1)
	}
}

// retain is another use of f, by somebody who has it already.
func (c *folders) retain(f *folder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.uses++
}

// release ends one use of f.
func (c *folders) release(f *folder) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.uses--
	return c.settleLocked(f)
}

// settleLocked decides what becomes of f, unless somebody uses it.
func (c *folders) settleLocked(f *folder) error {
	switch {
	case f.uses > 0:
		return nil
	case c.closed || f.gone:
		c.wakeLocked(f)
		return f.disk.Close()
	case f.name == "." || f.names.owing():
		return nil
	}
	c.idle = append(c.idle, f)
	if len(c.idle) <= maxIdle {
		return nil
	}
	oldest := c.idle[0]
	c.idle = slices.Delete(c.idle, 0, 1)
	delete(c.open, oldest.name)
	return oldest.disk.Close()
}

func (c *folders) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fs.ErrClosed
	}
	c.closed = true
	var err error
	for _, f := range c.open {
		err = both(err, c.settleLocked(f))
	}
	return err
}
