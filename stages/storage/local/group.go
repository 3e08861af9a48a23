package local

import (
	"context"
	"errors"
	"slices"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// fewest is how many files of one file system make a sync of all of it cheaper than
// one of each.
const fewest = 4

// Group commits many small files at once: their bytes are synced together where the
// system can, then all of them get their names, and then each directory is synced
// once. The zero value is an empty group.
//
// Each file in it keeps a descriptor open, and none is under its name before Commit.
// A Group is used by one goroutine.
type Group struct {
	sinks []*Sink
}

// Add takes over a sink that was finished.
func (g *Group) Add(s *Sink) { g.sinks = append(g.sinks, s) }

// Len is how many sinks there are.
func (g *Group) Len() int { return len(g.sinks) }

// Commit publishes all sinks, and empties the group. There is an error for each of
// them in the order of Add: nil where the file is in place and would survive a power
// cut; otherwise the target is what it was and the temporary file was removed,
// except where the error says that the file is in place. A sync that fails, fails
// all files that share it.
func (g *Group) Commit(ctx context.Context) []error {
	c := commit{sinks: g.sinks, errs: make([]error, len(g.sinks))}
	g.sinks = nil
	c.syncBytes(ctx)
	for i, s := range c.sinks {
		if c.errs[i] == nil {
			c.errs[i] = s.turn(ctx, "commit", s.publish, synced)
		}
	}
	c.end(context.WithoutCancel(ctx)) // what has its name is better synced than not
	return c.errs
}

// commit is one Commit under way. What has an error takes no further part in it.
type commit struct {
	sinks []*Sink
	errs  []error
}

// syncBytes syncs all files, and a file system as a whole if there are enough on it.
func (c *commit) syncBytes(ctx context.Context) {
	for _, of := range c.byDevice(ctx) {
		err := errors.ErrUnsupported
		if len(of) >= fewest {
			err = c.syncFilesystem(of)
		}
		for _, i := range of {
			s := c.sinks[i]
			if errors.Is(err, errors.ErrUnsupported) {
				c.errs[i] = s.Sync(ctx)
				continue
			}
			c.errs[i] = s.turn(ctx, "sync", func() error { return s.noteSync(err) }, finished)
		}
	}
}

// byDevice are the sinks that are still to be synced, by their file systems.
func (c *commit) byDevice(ctx context.Context) map[uint64][]int {
	devices := map[uint64][]int{}
	for i, s := range c.sinks {
		c.errs[i] = s.turn(ctx, "commit", func() error {
			if s.phase == finished {
				device := statusOfInfo(s.folder.folder.info).Identity.Device
				devices[device] = append(devices[device], i)
			}
			return nil
		}, finished, synced)
	}
	return devices
}

// syncFilesystem goes by the file that was opened first: it knows of all that has
// failed since, and none of the others had been written to by then.
func (c *commit) syncFilesystem(of []int) error {
	first := slices.MinFunc(of, func(i, j int) int { return c.sinks[i].opened.Compare(c.sinks[j].opened) })
	f, ok := c.sinks[first].file.(disk.FilesystemSyncer)
	if !ok {
		return errors.ErrUnsupported
	}
	return f.SyncFilesystem()
}

// end syncs each directory once, and removes what was not published.
func (c *commit) end(ctx context.Context) {
	directories := map[*folder]error{}
	for i, s := range c.sinks {
		d := s.folder.folder
		if !s.published() {
			c.errs[i] = errors.Join(c.errs[i], s.Abort(ctx))
			continue
		}
		if _, done := directories[d]; !done {
			directories[d] = s.folder.syncNames(ctx)
		}
		c.errs[i] = errors.Join(c.errs[i], s.settle(directories[d]))
	}
}
