package local

import (
	"context"
	"path/filepath"
)

// Resolve follows the symbolic links in name and returns the name, free of
// links, of what they lead to. It is an error when that is not beneath the root,
// and errors.Is finds fs.ErrNotExist in it when there is nothing.
//
// It goes by the root's path and decides nothing: Open refuses whatever has
// become a link since.
func (r *Root) Resolve(ctx context.Context, name string) (string, error) {
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	base, err := realPath(r.path)
	if err != nil {
		return "", r.fail("resolve", ".", cause(err))
	}
	target, err := realPath(filepath.Join(r.path, name))
	if err != nil {
		return "", r.fail("resolve", name, explainNamed(join(r.path, name), cause(err)))
	}
	rel, err := filepath.Rel(base, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "", r.fail("resolve", name, errWayOut)
	}
	return filepath.ToSlash(rel), nil
}

// realPath is path from the top, without links.
func realPath(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
