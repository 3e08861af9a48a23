//go:build !linux

package local

import (
	"errors"
	"io"
	"os"
)

// listBatch is how many names one ReadDir call makes entries of.
const listBatch = 256

type handle struct{ file *os.File }

func (h handle) status() (Status, error) {
	info, err := h.file.Stat()
	if err != nil {
		return Status{}, cause(err)
	}
	return statusOfInfo(info), nil
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
