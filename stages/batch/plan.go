package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline"
)

// copyItem is one thing to copy, and what is known of it beforehand.
type copyItem struct {
	File
	name    string
	outcome Outcome // not 0 when nothing is left to do but to tell
	size    int64
	sums    [][]byte
	first   bool            // others are to be names of its copy
	linkTo  string          // the copy that this one is another name of; empty for none
	last    bool            // none of those that come is
	final   checkpoint.File // the copy, where nothing is left to do
}

// plan turns what a walk hands on into items, in order, on the walk's goroutine. What
// depends on the order is done here: a directory is made before anything is copied
// into it, the first name of a file is the one that is copied, and the journal is
// read beside the walk, as one merges two sorted lists.
type plan struct {
	*Copying
	done  func() (checkpoint.Entry, error, bool) // the next entry of the journal; nil when there is none
	stop  func()
	head  checkpoint.Entry
	have  bool // head holds an entry
	names map[inode]firstName

	unfinished map[string]bool // the temporary files of which there are records
	swept      string          // the last folder that was swept of others
}

func newPlan(ctx context.Context, c *Copying) (*plan, error) {
	p := &plan{Copying: c, stop: func() {}}
	if !c.Again || c.Resume.Store == nil {
		return p, nil
	}
	p.unfinished = make(map[string]bool)
	for r, err := range c.Resume.Store.List(ctx) {
		if err != nil && !errors.Is(err, checkpoint.ErrUnusable) {
			return nil, fmt.Errorf("list checkpoints: %w", err)
		}
		if err == nil && r.Job == c.Job {
			p.unfinished[r.Temp.Path] = true
		}
	}
	return p, nil
}

func (p *plan) close() { p.stop() }

func (p *plan) of(walk pipeline.Source[File]) pipeline.Source[copyItem] {
	return func(ctx context.Context, emit func(copyItem) error) error {
		if p.Journal != nil {
			p.done, p.stop = iter.Pull2(p.Journal.Entries(ctx))
		}
		return walk(ctx, func(f File) error {
			i := copyItem{File: f, name: p.Place(f)}
			if f.Err == nil {
				if i.Err = p.prepare(ctx, &i); ctx.Err() != nil {
					return context.Cause(ctx)
				}
			}
			return emit(i)
		})
	}
}

func (p *plan) prepare(ctx context.Context, i *copyItem) error {
	switch i.Kind {
	case Directory:
		i.outcome = Made
		if err := p.Target.MakeDir(ctx, i.name); err != nil {
			return err
		}
		return p.sweep(ctx, i.name)
	case Leave:
		i.outcome = Made
		return nil
	case SymbolicLink:
		return nil
	default:
		if i.tree == nil { // what was named itself goes into a directory that no walk came to
			if err := p.sweep(ctx, path.Dir(i.name)); err != nil {
				return err
			}
		}
		if err := p.linked(ctx, i); err != nil || i.linkTo != "" {
			return err
		}
		return p.known(ctx, i)
	}
}

// sweep removes what an earlier run has left unfinished in the folder.
func (p *plan) sweep(ctx context.Context, name string) error {
	if p.unfinished == nil || p.swept == name {
		return nil
	}
	p.swept = name
	folder, err := p.Target.Folder(ctx, name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sweep(ctx, func(temp string) bool { return p.unfinished[temp] }), folder.Close())
}

// inode is a file, whatever its names.
type inode struct{ device, number uint64 }

// firstName is the name under which a file of several was copied.
type firstName struct {
	name string
	left uint64 // names that are still to come, at most
}

// linked finds out whether the file is one that has been met under another name.
func (p *plan) linked(ctx context.Context, i *copyItem) error {
	if !p.HardLinks {
		return nil
	}
	s, err := i.status(ctx)
	if err != nil || s.Links < 2 {
		return err
	}
	of := inode{s.Identity.Device, s.Identity.Inode}
	first, met := p.names[of]
	if !met {
		if p.names == nil {
			p.names = make(map[inode]firstName)
		}
		p.names[of] = firstName{i.name, s.Links - 1}
		i.first = true
		return nil
	}
	i.linkTo = first.name
	if first.left--; first.left == 0 {
		i.last = true
		delete(p.names, of) // so that memory does not grow with the files
		return nil
	}
	p.names[of] = first
	return nil
}

// known finds out whether the job has done the file in an earlier run, and both it
// and its copy are what they were.
func (p *plan) known(ctx context.Context, i *copyItem) error {
	e, ok, err := p.entry(i.File)
	if err != nil || !ok || len(e.Digests) != len(p.Algorithms) {
		return err
	}
	if now, err := i.status(ctx); err != nil || now.Identity != e.Source {
		return nil //nolint:nilerr // opening it says what is wrong
	}
	found, _, err := p.Target.Look(ctx, i.name)
	found.Identity.ChangeTime = e.Destination.ChangeTime // which another name changes
	if err != nil || !found.Exists || found.Identity != e.Destination {
		return err
	}
	for n, a := range p.Algorithms {
		if e.Digests[n].Algorithm != a.String() {
			return nil
		}
		i.sums = append(i.sums, e.Digests[n].Sum)
	}
	i.outcome, i.size, i.final.Identity = Known, e.Source.Size, found.Identity
	return nil
}

// entry returns the journal's entry for the file, and passes over those of files
// that come before it, which are not there any more.
func (p *plan) entry(f File) (checkpoint.Entry, bool, error) {
	if p.done == nil {
		return checkpoint.Entry{}, false, nil
	}
	want := entryPath(f)
	for {
		if !p.have {
			e, err, more := p.done()
			if !more || errors.Is(err, checkpoint.ErrUnusable) {
				p.done = nil
				return checkpoint.Entry{}, false, nil
			}
			if err != nil {
				return checkpoint.Entry{}, false, fmt.Errorf("read journal: %w", err)
			}
			p.head, p.have = e, true
		}
		switch compareEntries(p.head.Path, want) {
		case -1:
			p.have = false
		case 0:
			p.have = false
			return p.head, true, nil
		default:
			return checkpoint.Entry{}, false, nil
		}
	}
}

// entryPath is a file in the journal: the number of its argument and its path.
func entryPath(f File) string { return fmt.Sprintf("%d:%s", f.argument, f.Path) }

// compareEntries is the order of the walk.
func compareEntries(a, b string) int {
	an, ap, _ := strings.Cut(a, ":")
	bn, bp, _ := strings.Cut(b, ":")
	return cmp.Or(cmp.Compare(len(an), len(bn)), strings.Compare(an, bn), strings.Compare(ap, bp))
}
