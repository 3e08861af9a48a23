//go:build !linux

package local

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// listBatch is how many names one ReadDir call makes entries of.
const listBatch = 256

// opened is an *os.File, or one of a disk that has a real one underneath.
type opened interface {
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
	ReadDir(n int) ([]fs.DirEntry, error)
	Fd() uintptr
}

type handle struct{ file opened }

// handleOf takes f over.
func handleOf(f disk.File) (handle, error) {
	real, ok := f.(opened)
	if !ok {
		return handle{}, both(errors.ErrUnsupported, f.Close())
	}
	return handle{real}, nil
}

func (h handle) fd() int { return int(h.file.Fd()) }

func (h handle) status() (Status, error) {
	s, _, err := h.look()
	return s, err
}

// look says all but the attributes.
func (h handle) look() (Status, Meta, error) {
	info, err := h.file.Stat()
	if err != nil {
		return Status{}, Meta{}, cause(err)
	}
	s := statusOfInfo(info)
	err = identify(h.file, &s)
	return s, metaOfInfo(info), err
}

// statusOf is the status of what info was made of, which is opened where its
// identity needs that.
func statusOf(info fs.FileInfo, open func() (*os.File, error)) (Status, error) {
	s := statusOfInfo(info)
	if !opensToIdentify || !info.Mode().IsRegular() && !info.IsDir() {
		return s, nil
	}
	f, err := open()
	if err != nil {
		return Status{}, cause(err)
	}
	err = errors.Join(identify(f, &s), f.Close())
	return s, err
}

// readAt is one read; 0 bytes without an error are the end.
func (h handle) readAt(p []byte, offset int64) (int, error) {
	n, err := h.file.ReadAt(p, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, cause(err)
}

func (handle) adviseSequential() error { return nil }

func (handle) dropBehind(_, _ int64) error { return nil }

// evict is not possible.
func (handle) evict(_, _ int64) error { return errors.ErrUnsupported }

func (h handle) close() error { return cause(h.file.Close()) }

func (h handle) entries(_ []byte, each func(Entry) error) error {
	for {
		batch, err := h.file.ReadDir(listBatch)
		for _, e := range batch {
			if err := each(Entry{Name: []byte(e.Name()), Type: e.Type()}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
