package batch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// runBuffer is read and written at a time: about 2,000 names.
const runBuffer = 32 << 10

// extent is where a sorted run of records lies in a file.
type extent struct{ from, to int64 }

// runs is a temporary file of sorted names, used as a stack: what was written
// last is given up first. Its zero value has no file yet.
type runs struct {
	dir  string // where the file is made
	file *os.File
	top  int64  // what lies above is free
	out  []byte // to be written next
}

// write puts the names that next gives, until it gives nil, on top as one run.
// The name is used before next is called again. After an error the top is where
// it was.
func (r *runs) write(next func() ([]byte, error)) (extent, error) {
	if err := r.open(); err != nil {
		return extent{}, sortError(err)
	}
	at := r.top
	r.out = r.out[:0]
	for {
		name, err := next()
		if err != nil {
			return extent{}, err
		}
		if name == nil || len(r.out)+recordHead+len(name) > runBuffer {
			if _, err := r.file.WriteAt(r.out, at); err != nil {
				return extent{}, sortError(err)
			}
			at += int64(len(r.out))
			r.out = r.out[:0]
		}
		if name == nil {
			run := extent{r.top, at}
			r.top = at
			return run, nil
		}
		r.out = appendRecord(r.out, name)
	}
}

// open makes the file when it is first needed. Its name goes at once where the
// system lets it, so that nothing is left behind however we end.
func (r *runs) open() error {
	if r.file != nil {
		return nil
	}
	f, err := os.CreateTemp(r.dir, "penstock-names-*")
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" {
		if err := os.Remove(f.Name()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	r.file = f
	return nil
}

// close gives the file back.
func (r *runs) close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	if runtime.GOOS == "windows" {
		err = errors.Join(err, os.Remove(r.file.Name()))
	}
	*r = runs{dir: r.dir}
	return err
}

// sortError says what the temporary file is for and where it should be, which
// its own path, gone already, does not.
func sortError(err error) error {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("%s: %w", filepath.Dir(file.Path), file.Err)
	}
	return fmt.Errorf("sort its names in a temporary file in %w; make room there, or set TMPDIR to a larger disk", err)
}
