package local

import (
	"context"
	"errors"
	"slices"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// fewest is how many files, or directories, of one file system make a sync of all of
// it cheaper than one of each.
const fewest = 4

// SyncTogether is Sync of many sinks that are finished: their bytes are synced at
// once where the system can, which also spares files without a name a temporary one.
// There is an error for each of them, in their order; a sync that fails, fails all that
// share it. Each of them keeps a descriptor open until then, and none is under its name
// before Publish.
func SyncTogether(ctx context.Context, sinks []*Sink) []error {
	c := syncing{sinks: sinks, errs: make([]error, len(sinks))}
	for _, of := range c.byDevice(ctx) {
		err := errors.ErrUnsupported
		if len(of) >= fewest {
			err = c.filesystem(of)
		}
		for _, i := range of {
			s := sinks[i]
			if errors.Is(err, errors.ErrUnsupported) {
				c.errs[i] = s.Sync(ctx)
				continue
			}
			c.errs[i] = s.turn(ctx, "sync", func() error { return s.noteSync(err) }, finished)
		}
	}
	return c.errs
}

// syncing is one SyncTogether under way.
type syncing struct {
	sinks []*Sink
	errs  []error
}

// byDevice are the sinks that are still to be synced, by their file systems.
func (c *syncing) byDevice(ctx context.Context) map[uint64][]int {
	devices := map[uint64][]int{}
	for i, s := range c.sinks {
		c.errs[i] = s.turn(ctx, "sync", func() error {
			if s.phase == finished {
				device := s.folder.folder.device()
				devices[device] = append(devices[device], i)
			}
			return nil
		}, finished, synced)
	}
	return devices
}

// filesystem goes by the file that was opened first: it knows of all that has failed
// since, and none of the others had been written to by then.
func (c *syncing) filesystem(of []int) error {
	first := slices.MinFunc(of, func(i, j int) int { return c.sinks[i].opened.Compare(c.sinks[j].opened) })
	f, ok := c.sinks[first].file.(disk.FilesystemSyncer)
	if !ok {
		return errors.ErrUnsupported
	}
	err := f.SyncFilesystem()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		c.sinks[first].folder.target.folders.lose(err)
	}
	return err
}

// SyncNames is SyncNames of many folders: with one sync of a file system where there
// are many on it and the system can. There is an error for each of them, in their
// order.
func (t *Target) SyncNames(ctx context.Context, folders []*Folder) []error {
	w := ways{target: t, above: map[*folder]*folder{}, failed: map[*folder]error{}, moved: map[*folder]error{}}
	for _, d := range folders {
		w.follow(ctx, d.folder)
	}
	w.sync()
	errs := make([]error, len(folders))
	for i, d := range folders {
		errs[i] = t.fail("sync directory", d.folder.name, w.err(d.folder))
	}
	return errs
}

// ways are the directories that lead to some folders, those included.
type ways struct {
	target *Target
	order  []*folder           // all of them, acquired
	above  map[*folder]*folder // nil for the target's own
	failed map[*folder]error   // what came of the sync
	moved  map[*folder]error   // why a folder cannot be reached
}

// follow acquires the directories on the way to f.
func (w *ways) follow(ctx context.Context, f *folder) {
	if _, done := w.above[f]; done || w.moved[f] != nil {
		return
	}
	var above *folder
	at, err := w.target.walk(ctx, f.name, func(on *folder) error {
		if _, done := w.above[on]; !done {
			w.above[on] = above
			w.target.folders.retain(on)
			w.order = append(w.order, on)
		}
		above = on
		return nil
	})
	if err == nil && at != f {
		err = errMoved
	}
	if at != nil {
		err = both(err, w.target.folders.release(at))
	}
	if err != nil {
		w.target.folders.moved(f)
	}
	w.moved[f] = err
}

// sync makes the names in all of them last, and releases them.
func (w *ways) sync() {
	devices := map[uint64][]*folder{}
	for _, f := range w.order {
		devices[f.device()] = append(devices[f.device()], f)
	}
	w.target.together.Lock()
	for _, of := range devices {
		w.syncDevice(of)
	}
	w.target.together.Unlock()
	for _, f := range w.order {
		w.failed[f] = both(w.failed[f], w.target.folders.release(f))
	}
}

// syncFilesystem is one for all names of a file system.
func (t *Target) syncFilesystem(d disk.Opener) error {
	err := disk.SyncFilesystem(d)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.folders.lose(err)
	}
	return err
}

// syncDevice takes the names of all directories in hand, so that nobody who asks
// about one of them is answered before it is known how the sync ended.
func (w *ways) syncDevice(of []*folder) {
	var begun []*folder
	whole := false
	for _, f := range of {
		if f.names.begin() {
			begun = append(begun, f)
			whole = whole || f.names.whole
		} else {
			w.failed[f] = f.names.end(nil)
		}
	}
	err := errors.ErrUnsupported
	if whole || len(begun) >= fewest {
		err = w.target.syncFilesystem(begun[0].disk)
	}
	for _, f := range begun {
		one := err
		if errors.Is(err, errors.ErrUnsupported) {
			one = disk.SyncNames(f.disk)
		}
		w.failed[f] = f.names.end(one)
	}
}

// err is what f and those above it came to.
func (w *ways) err(f *folder) error {
	if err := w.moved[f]; err != nil {
		return err
	}
	for ; f != nil; f = w.above[f] {
		if err := w.failed[f]; err != nil {
			return err
		}
	}
	return nil
}
