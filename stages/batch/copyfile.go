package batch

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// copying is one file that is being copied, over all attempts.
type copying struct {
	*Copying
	attempts
	result *CopyResult
	id     string // of the stream, once it is large; empty where nothing can be kept
}

// file copies a file, again and again as long as what goes wrong may pass.
func (c *Copying) file(ctx context.Context, r *CopyResult) error {
	f := &copying{
		Copying: c, result: r,
		attempts: attempts{path: r.Path, control: c.Control, retries: &c.Retries, retrying: c.Retrying},
	}
	return f.do(ctx, f.attempt)
}

// streamID is the same for the same file on its way to the same place.
func (c *Copying) streamID(r *CopyResult) string {
	if c.Resume.Store == nil {
		return ""
	}
	from, err := filepath.Abs(r.Path)
	to, err2 := filepath.Abs(filepath.Join(c.Target.Path(), filepath.FromSlash(r.Name)))
	id := "copy\x00" + from + "\x00" + to
	if err != nil || err2 != nil || len(id) > checkpoint.MaxID {
		return ""
	}
	return id
}

// attempt copies the file once, or what is left of it.
func (f *copying) attempt(ctx context.Context) error {
	src, err := f.result.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	f.result.Size = src.Size()
	if f.Update {
		if done, err := f.there(ctx, src); done || err != nil {
			return err
		}
	}
	folder, err := f.Target.Folder(ctx, path.Dir(f.result.Name))
	if err != nil {
		return err
	}
	defer func() {
		if f.result.pending == nil {
			_ = folder.Close() // sinks hold it themselves
		}
	}()
	meta, err := src.Meta(ctx, f.Keep)
	if err = f.result.lose(err); err != nil {
		return err
	}
	t := transit{copying: f, src: src, folder: folder, meta: meta, name: path.Base(f.result.Name)}
	return t.run(ctx)
}

// lose keeps what of the metadata could not be had, and returns any other error.
func (r *CopyResult) lose(err error) error {
	if lost, ok := errors.AsType[*local.LostError](err); ok {
		r.Lost = errors.Join(r.Lost, lost)
		return nil
	}
	return err
}

// errSame is a file that is to be copied onto itself.
var errSame = errors.New("is the same file as its copy; name another place for it")

// there looks at what has the copy's name already, and reports whether it is good
// enough: of the same size and time.
func (f *copying) there(ctx context.Context, src *local.File) (bool, error) {
	found, mode, err := f.Target.Look(ctx, f.result.Name)
	if err != nil || !found.Exists || !mode.IsRegular() {
		return false, err
	}
	was, is := src.Opened(), found.Identity
	if is.Size != was.Size || is.ModTime != was.ModTime {
		return false, nil
	}
	f.result.Outcome, f.result.final.Identity = UpToDate, is
	return true, nil
}

// transit is one attempt under way.
type transit struct {
	*copying
	src    *local.File
	folder *local.Folder
	meta   local.Meta
	name   string // in the folder
	set    *digest.Set

	sink     *local.Sink
	follower *follower           // reads back what was synced; nil for nobody
	temp     *cleanup.Handle     // takes the sink away unless it is kept
	record   checkpoint.Record   // the last that was saved
	final    checkpoint.Identity // of the copy, once it has its name
	offset   int64               // where the attempt begins, bytes
	chunks   int64               // that stand before it
}

func (t *transit) run(ctx context.Context) error {
	t.result.source = t.src.Opened()
	t.set = t.sets.get(t.Algorithms)
	do := t.small
	if !t.Control.Fits(t.src.Size()) {
		if t.id = t.streamID(t.result); t.id != "" {
			do = t.large
		}
	}
	if err := do(ctx); err != nil {
		return err
	}
	t.sets.put(t.Algorithms, t.set)
	return nil
}

// small copies a file whose commit is shared with others. It has no record: what is
// interrupted is copied again.
func (t *transit) small(ctx context.Context) error {
	sink, err := t.folder.CreateLike(ctx, t.name, t.meta)
	if err != nil {
		return err
	}
	if err := t.begin(ctx, sink); err != nil {
		return err
	}
	if err := t.transfer(ctx, nil); err != nil {
		return errors.Join(err, t.temp.Release(ctx))
	}
	if err := t.finish(ctx); err != nil {
		return errors.Join(err, t.temp.Release(ctx))
	}
	t.result.pending = &pending{sink: t.sink, temp: t.temp, folder: t.folder}
	return nil
}

// begin writes into a new temporary file. The job's scope takes it away if nobody else
// does.
func (t *transit) begin(ctx context.Context, sink *local.Sink) error {
	t.sink = sink
	t.own()
	if was := t.sink.Replaces(); was.Inode != 0 && was.SameFile(t.src.Opened()) {
		return errors.Join(errSame, t.temp.Release(ctx))
	}
	return nil
}

// own has the job's scope take the temporary file away, if nobody else does.
func (t *transit) own() {
	sink, folder := t.sink, t.folder // and nothing else of t, which may be many
	t.temp = t.Scope.Add(cleanup.Resource{
		Name: t.result.Name, Kind: cleanup.File, Release: func(ctx context.Context) error {
			defer func() { _ = folder.Close() }()
			return sink.Abort(ctx)
		},
	})
}

// disown keeps it.
func (t *transit) disown() {
	if t.temp != nil {
		t.temp.Keep()
		t.temp = nil
	}
}

// transfer takes the bytes through the five stages.
func (t *transit) transfer(ctx context.Context, save func(context.Context, stages.Safe) error) error {
	err := stages.Transfer{
		Source: t.src, Set: t.set, Control: t.Control, Workers: workers(), Sink: t.sink,
		Offset: t.offset, Chunks: t.chunks, Save: save, Marks: t.Resume.Marks, Stop: t.Stop,
		Arrived: func(bytes int) { t.Arrived.Add(int64(bytes)) },
	}.Run(ctx)
	if err != nil {
		return err
	}
	t.result.Sums = t.set.Sums()
	return nil
}

// finish gives the copy its size and what is kept of the original.
func (t *transit) finish(ctx context.Context) error {
	return t.result.lose(t.sink.Finish(ctx, t.meta, t.src.Size()))
}

func (c *Copying) symlink(ctx context.Context, r *CopyResult) error {
	target, meta, err := r.readlink(ctx, c.Keep)
	if err = r.lose(err); err != nil {
		return err
	}
	r.Outcome = Made
	if err := r.lose(c.Target.Symlink(ctx, r.Name, target, meta)); err != nil {
		return fmt.Errorf("symbolic link: %w", err)
	}
	return nil
}
