package checkpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

const recordSuffix = ".record"

// FileStore keeps each record in a file of its own, whose name is the SHA-256 of
// the stream's id, so that no id leads out of the directory.
//
// A record is written under a temporary name, synced, closed and renamed, and the
// directory is synced. After a sync of the directory that failed, Save and Delete
// return that error ever after: what the kernel has dropped no later sync brings
// back. Open the directory anew, best in another process.
type FileStore struct {
	dir disk.Directory

	syncing sync.Mutex // held while the directory is synced

	mu     sync.Mutex
	failed error // guarded by mu: that of the sync
}

var _ Store = (*FileStore)(nil)

// NewFileStore keeps records in d, which [OpenDirectory] has opened, and which
// stays the caller's.
func NewFileStore(d disk.Directory) *FileStore { return &FileStore{dir: d} }

// Load reads the stream's record.
func (s *FileStore) Load(ctx context.Context, stream string) (Record, error) {
	if err := begin(ctx, stream); err != nil {
		return Record{}, storeError("load", stream, err)
	}
	r, err := s.load(nameOf(stream, recordSuffix))
	return r, storeError("load", stream, err)
}

func (s *FileStore) load(name string) (Record, error) {
	content, err := readPrivate(s.dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, ErrNotFound
	}
	if err != nil {
		return Record{}, err
	}
	var r Record
	if err := r.UnmarshalBinary(content); err != nil {
		return Record{}, err
	}
	if nameOf(r.Stream, recordSuffix) != name {
		return Record{}, refuse(ErrForeign, "it is of stream %q", r.Stream)
	}
	return r, nil
}

// Save writes r into a file that takes the place of the old one.
func (s *FileStore) Save(ctx context.Context, r Record) error {
	err := begin(ctx, r.Stream)
	if err == nil {
		err = s.save(&r)
	}
	return storeError("save", r.Stream, err)
}

func (s *FileStore) save(r *Record) error {
	content, err := r.MarshalBinary()
	if err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	if err := replace(s.dir, nameOf(r.Stream, recordSuffix), content); err != nil {
		return err
	}
	return s.syncNames()
}

// Delete removes the file of the stream's record.
func (s *FileStore) Delete(ctx context.Context, stream string) error {
	err := begin(ctx, stream)
	if err == nil {
		err = s.delete(nameOf(stream, recordSuffix))
	}
	return storeError("delete", stream, err)
}

// delete syncs although the file was gone: whoever removed it may not have.
func (s *FileStore) delete(name string) error {
	if err := s.usable(); err != nil {
		return err
	}
	if err := removeIfThere(s.dir, name); err != nil {
		return err
	}
	return s.syncNames()
}

func (s *FileStore) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// syncNames lets one sync at a time: another one that began after the names were
// lost and before we knew of it would say that all is well.
func (s *FileStore) syncNames() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	err := disk.SyncNames(s.dir)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = fmt.Errorf("an earlier sync of the directory went wrong: %w", err)
	}
	return err
}

// nameOf is the name of the file of this id.
func nameOf(id, suffix string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:]) + suffix
}
