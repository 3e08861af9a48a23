package batch

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// sync makes the bytes of the group's small copies last.
func (t *copyTail) sync(ctx context.Context, group []*CopyResult) ([]*CopyResult, error) {
	var sinks []*local.Sink
	var of []*CopyResult
	for _, r := range group {
		if r.pending != nil {
			sinks, of = append(sinks, r.pending.sink), append(of, r)
		}
	}
	for i, err := range local.SyncTogether(ctx, sinks) {
		if err != nil {
			of[i].giveUp(ctx, err)
		}
	}
	return group, context.Cause(ctx)
}

// commit gives the group's copies, whose bytes last, their names, and makes these last
// with the directories that they are in.
func (t *copyTail) commit(ctx context.Context, group []*CopyResult) ([]*CopyResult, error) {
	var folders []*local.Folder
	var of []*CopyResult
	for _, r := range group {
		if r.pending != nil {
			r.publish(ctx)
		}
		if r.Err != nil {
			continue
		}
		folder, err := t.place(ctx, r)
		if r.Err = err; folder != nil {
			folders, of = append(folders, folder), append(of, r)
		}
	}
	// What has its name is better synced than not, whoever has ended the run.
	unsynced := map[string]error{} // copies whose other names do not last either
	for i, err := range t.Target.SyncNames(context.WithoutCancel(ctx), folders) {
		r := of[i]
		if err == nil {
			err = unsynced[r.linkTo]
		}
		if err != nil {
			r.Err = &UnsyncedError{err}
			unsynced[r.Name] = err
			delete(t.firsts, r.Name)
		}
		r.pending = nil
		_ = folders[i].Close() // it was synced
	}
	return group, context.Cause(ctx)
}

// UnsyncedError is of a copy that has its name, which may not survive a power cut.
type UnsyncedError struct{ Err error }

// Error says where it stands.
func (e *UnsyncedError) Error() string {
	return "is in place, but may not survive a power cut: " + e.Err.Error()
}

// Unwrap is what went wrong.
func (e *UnsyncedError) Unwrap() error { return e.Err }

// giveUp takes a small copy away.
func (r *CopyResult) giveUp(ctx context.Context, err error) {
	r.Err, r.pending = errors.Join(err, r.pending.temp.Release(ctx)), nil
}

// publish gives a small copy its name.
func (r *CopyResult) publish(ctx context.Context) {
	p := r.pending
	if err := p.sink.Publish(ctx); err != nil {
		r.giveUp(ctx, err)
		return
	}
	p.temp.Keep()
	r.Outcome = Copied
	r.final.Path = path.Base(r.Name)
	if r.final.Identity, r.Err = p.sink.Identity(ctx); r.Err != nil {
		_ = p.folder.Close()
		r.pending = nil
	}
}

// place does what has to wait for what comes before it in the walk, and returns the
// directory whose names are to last for it; nil for none.
func (t *copyTail) place(ctx context.Context, r *CopyResult) (*local.Folder, error) {
	if r.first {
		if t.firsts == nil {
			t.firsts = make(map[string]CopyResult)
		}
		t.firsts[r.Name] = CopyResult{Name: r.Name, Size: r.Size, Sums: r.Sums, final: r.final}
	}
	switch {
	case r.pending != nil:
		return r.pending.folder, nil
	case r.linkTo != "":
		if err := t.link(ctx, r); err != nil {
			return nil, err
		}
		return t.Target.Folder(ctx, path.Dir(r.Name))
	case r.Kind == Leave:
		if err := t.leave(ctx, r); err != nil {
			return nil, err
		}
		return t.Target.Folder(ctx, r.Name)
	case r.Kind == SymbolicLink:
		return t.Target.Folder(ctx, path.Dir(r.Name))
	case r.Outcome == UpToDate: // whoever made it may have been killed
		folder, err := t.Target.Folder(ctx, path.Dir(r.Name))
		if err == nil {
			folder.SyncEarlier()
		}
		return folder, err
	}
	return nil, nil
}

func (t *copyTail) link(ctx context.Context, r *CopyResult) error {
	first, ok := t.firsts[r.linkTo]
	if !ok {
		return fmt.Errorf("it is another name of %s, which was not copied", r.linkTo)
	}
	if r.last {
		delete(t.firsts, r.linkTo)
	}
	r.Size, r.Sums = first.Size, first.Sums
	return t.Target.Link(ctx, checkpoint.File{Path: first.Name, Identity: first.final.Identity}, r.Name)
}

// leave gives a directory that is complete what it is to have.
func (t *copyTail) leave(ctx context.Context, r *CopyResult) error {
	meta, err := r.meta(ctx, t.Keep)
	if err = r.lose(err); err != nil {
		return err
	}
	return r.lose(t.Target.SetDir(ctx, r.Name, meta))
}
