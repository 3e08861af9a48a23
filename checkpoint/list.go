package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
)

// listBatch is how many names are read at a time: a few kilobytes.
const listBatch = 128

// List reads the records of the directory one after another, in constant memory.
func (s *FileStore) List(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for name, err := range s.names(ctx) {
			if err != nil {
				yield(Record{}, fmt.Errorf("list records: %w", err))
				return
			}
			if !strings.HasSuffix(name, recordSuffix) {
				continue
			}
			r, err := s.load(name)
			if errors.Is(err, ErrNotFound) {
				continue // deleted meanwhile
			}
			if !yield(r, storeError("load", name, err)) || endsList(err) {
				return
			}
		}
	}
}

// names yields what is in the directory; an error is the last.
func (s *FileStore) names(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := s.dir.OpenFile(".", os.O_RDONLY, 0)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close()
		for err == nil {
			if err = context.Cause(ctx); err != nil {
				break
			}
			var entries []fs.DirEntry
			entries, err = f.ReadDir(listBatch)
			for _, e := range entries {
				if !yield(e.Name(), nil) {
					return
				}
			}
		}
		if !errors.Is(err, io.EOF) {
			yield("", err)
		}
	}
}
