package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
)

// errNoHome says that there is no place for what outlives the process.
var errNoHome = errors.New("neither XDG_STATE_HOME nor HOME says where; set one of them to a directory")

// statePath is the directory of what outlives the process. A relative one is
// ignored, as the XDG base directory specification wants it.
func statePath() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "penstock"), nil
	}
	if home := os.Getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "penstock"), nil
	}
	return "", errNoHome
}

// state is that directory, which is made when something is first kept in it: who
// sums a few files leaves nothing behind.
type state struct {
	mu    sync.Mutex            // guards store
	store *checkpoint.FileStore // nil until the directory is opened, for as long as the process lives
}

// making says whether a directory that is missing is made.
type making bool

const (
	leaveMissing making = false
	makeMissing  making = true
)

// open opens the directory. Where it is missing and not to be made the error is
// fs.ErrNotExist.
func (s *state) open(ctx context.Context, missing making) (*checkpoint.FileStore, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store != nil {
		return s.store, nil
	}
	path, err := statePath()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); missing == leaveMissing && err != nil {
		return nil, err
	}
	dir, err := checkpoint.OpenDirectory(ctx, path)
	if err != nil {
		return nil, err
	}
	expire(ctx, dir, path, time.Now())
	s.store = checkpoint.NewFileStore(dir)
	return s.store, nil
}

var _ checkpoint.Store = (*state)(nil)

// Load finds nothing where there is no directory.
func (s *state) Load(ctx context.Context, stream string) (checkpoint.Record, error) {
	store, err := s.open(ctx, leaveMissing)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoHome):
		return checkpoint.Record{}, checkpoint.ErrNotFound
	case err != nil:
		return checkpoint.Record{}, err
	}
	return store.Load(ctx, stream)
}

// Save makes the directory.
func (s *state) Save(ctx context.Context, r checkpoint.Record) error {
	store, err := s.open(ctx, makeMissing)
	if err != nil {
		return err
	}
	return store.Save(ctx, r)
}

// Delete does nothing where there is no directory.
func (s *state) Delete(ctx context.Context, stream string) error {
	store, err := s.open(ctx, leaveMissing)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoHome):
		return nil
	case err != nil:
		return err
	}
	return store.Delete(ctx, stream)
}

// List yields nothing where there is no directory.
func (s *state) List(ctx context.Context) iter.Seq2[checkpoint.Record, error] {
	store, err := s.open(ctx, leaveMissing)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNoHome):
		return func(func(checkpoint.Record, error) bool) {}
	case err != nil:
		return func(yield func(checkpoint.Record, error) bool) { yield(checkpoint.Record{}, err) }
	}
	return store.List(ctx)
}

// keptRecords are the streams of which there is a record now. The zero value is ready.
type keptRecords struct {
	mu      sync.Mutex // guards streams
	streams map[string]struct{}
}

func (k *keptRecords) note(stream string, there bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !there {
		delete(k.streams, stream)
		return
	}
	if k.streams == nil {
		k.streams = make(map[string]struct{})
	}
	k.streams[stream] = struct{}{}
}

// any reports whether there is one.
func (k *keptRecords) any() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.streams) > 0
}

// optionalStore is a store for work that can do without one: what goes wrong is said
// once, and from then on nothing is kept.
type optionalStore struct {
	checkpoint.Store
	kept *keptRecords
	say  func(format string, args ...any)
	once sync.Once
}

func (f *optionalStore) Load(ctx context.Context, stream string) (checkpoint.Record, error) {
	r, err := f.Store.Load(ctx, stream)
	f.kept.note(stream, err == nil)
	if err == nil || errors.Is(err, checkpoint.ErrNotFound) || errors.Is(err, checkpoint.ErrUnusable) {
		return r, err
	}
	return r, errors.Join(checkpoint.ErrNotFound, f.forgive(ctx, err))
}

func (f *optionalStore) Save(ctx context.Context, r checkpoint.Record) error {
	err := f.Store.Save(ctx, r)
	if err == nil {
		f.kept.note(r.Stream, true)
	}
	return f.forgive(ctx, err)
}

func (f *optionalStore) Delete(ctx context.Context, stream string) error {
	f.kept.note(stream, false)
	return f.forgive(ctx, f.Store.Delete(ctx, stream))
}

func (f *optionalStore) forgive(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f.once.Do(func() {
		f.say("no checkpoints are kept: %v; what is interrupted has to begin anew", stateAdvice(err))
	})
	return nil
}

// stateAdvice is what is wrong with the state directory, and what to do.
func stateAdvice(err error) error {
	if path, perr := statePath(); perr == nil {
		return fmt.Errorf("%s: %w", quoted(path), writing.on(err))
	}
	return err
}
