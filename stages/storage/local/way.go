package local

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
)

// acquire opens the directory name, one level after another.
func (t *Target) acquire(ctx context.Context, name string) (*folder, error) {
	return t.walk(ctx, name, func(*folder) error { return nil })
}

// above acquires the directory that name stands in, and says what it is called there.
func (t *Target) above(ctx context.Context, name string) (f *folder, base string, err error) {
	dir, base := ".", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, base = name[:i], name[i+1:]
	}
	if name != "." {
		err = checkPart(base)
	}
	if err == nil {
		f, err = t.acquire(ctx, dir)
	}
	return f, base, err
}

// walk acquires the directory name, and visits it after all those above it.
func (t *Target) walk(ctx context.Context, name string, visit func(*folder) error) (*folder, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, &causeError{err}
	}
	f := t.folders.take(".", nil)
	if f == nil {
		return nil, fs.ErrClosed
	}
	if err := visit(f); err != nil || name == "." {
		return t.keep(f, err)
	}
	end := -1
	for part := range strings.SplitSeq(name, "/") {
		end += 1 + len(part)
		below, err := t.step(f, name[:end], part)
		if err = both(err, t.folders.release(f)); err != nil {
			return t.keep(below, err)
		}
		f = below
		if err := visit(f); err != nil {
			return t.keep(f, err)
		}
	}
	return f, nil
}

// keep is f, or the error and nothing.
func (t *Target) keep(f *folder, err error) (*folder, error) {
	if err == nil {
		return f, nil
	}
	if f != nil {
		err = both(err, t.folders.release(f))
	}
	return nil, err
}

// step acquires the directory part of above, which is name below the target.
func (t *Target) step(above *folder, name, part string) (*folder, error) {
	if err := checkPart(part); err != nil {
		return nil, err
	}
	seen, err := above.disk.Lstat(part)
	if err != nil {
		return nil, err
	}
	switch {
	case seen.Mode()&fs.ModeSymlink != 0:
		return nil, ErrLinkOnWay
	case !seen.IsDir():
		return nil, &WrongKindError{Mode: seen.Mode(), Want: fs.ModeDir}
	}
	if f := t.folders.take(name, seen); f != nil {
		return f, nil
	}
	below, err := above.tree().Branch(part)
	if err != nil {
		return nil, err
	}
	info, err := below.Lstat(".")
	if err == nil && !same(seen, info) {
		err = errSwapped
	}
	if err != nil {
		return nil, both(err, below.Close())
	}
	return t.folders.put(&folder{disk: below, name: strings.Clone(name), info: info})
}

// checkPart refuses what is no name of one thing in a directory.
func checkPart(part string) error {
	if part == "." || !filepath.IsLocal(part) || strings.ContainsRune(part, filepath.Separator) {
		return errWayOut
	}
	return nil
}
