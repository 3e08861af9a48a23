package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// copyPaths says what is copied where to.
type copyPaths struct {
	sources []string
	target  string // the directory that everything goes into
	// name is what a single file is called there; empty where all keep their names.
	name string
	// flat says that the one source is a directory whose copy the target is.
	flat bool
}

// newCopyPaths reads the arguments.
func newCopyPaths(ctx context.Context, args []string) (copyPaths, error) {
	sources, dst := args[:len(args)-1], args[len(args)-1]
	p := copyPaths{sources: sources, target: dst}
	if dst == "" {
		return p, usage("DST is empty; name a file or a directory")
	}
	to, err := os.Stat(dst)
	isDir := err == nil && to.IsDir()
	if len(sources) > 1 {
		if err == nil && !isDir {
			return p, usage("%s is not a directory, and several sources cannot have one name; name a directory", quoted(dst))
		}
		if err := p.checkNames(); err != nil {
			return p, err
		}
		return p, p.checkOverlap()
	}
	s, err := local.Stat(ctx, sources[0])
	switch {
	case err != nil:
		return p, nil //nolint:nilerr // the walk says it
	case s.Mode.IsDir() && to != nil && !isDir:
		return p, usage("%s is a directory, and %s is a file; name a directory to copy it to", quoted(sources[0]), quoted(dst))
	case s.Mode.IsDir():
		p.flat = true
		return p, p.checkOverlap()
	case !isDir && !strings.HasSuffix(dst, string(filepath.Separator)):
		p.target, p.name = filepath.Dir(dst), filepath.Base(dst)
	}
	return p, nil
}

// checkNames refuses sources that would have one name: the second would take the place
// of the first.
func (p copyPaths) checkNames() error {
	named := make(map[string]string, len(p.sources))
	for _, source := range p.sources {
		name := base(filepath.ToSlash(source))
		if other, taken := named[name]; taken {
			return usage("%s and %s would both be %s; copy one of them to another directory",
				quoted(other), quoted(source), quoted(filepath.Join(p.target, name)))
		}
		named[name] = source
	}
	return nil
}

// checkOverlap refuses to copy a directory onto itself, or into itself.
func (p copyPaths) checkOverlap() error {
	to, err := os.Stat(p.target)
	if err != nil {
		return nil //nolint:nilerr // it is not there yet
	}
	for _, source := range p.sources {
		if from, err := os.Stat(source); err == nil && os.SameFile(from, to) {
			return usage("%s and %s are the same directory; leave it out, or name another one to copy it to", quoted(source), quoted(p.target))
		}
	}
	return nil
}

// place is the name below the target of what the walk came to.
func (p copyPaths) place(f batch.File) string {
	below := f.Below()
	switch {
	case p.name != "":
		return p.name
	case p.flat && below == "":
		return "."
	case p.flat:
		return below
	}
	own := filepath.ToSlash(f.Argument())
	return path.Join(base(own), below)
}

// base is what an argument is called in another directory: nothing where it is
// called by no name of its own.
func base(argument string) string {
	name := path.Base(path.Clean(argument))
	if name == "." || name == "/" {
		return ""
	}
	if name == ".." {
		if abs, err := filepath.Abs(argument); err == nil {
			return filepath.Base(abs)
		}
	}
	return name
}

// dryRun says what would be copied.
func (c *copying) dryRun(ctx context.Context) error {
	walk, err := c.newWalk(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = walk.Close() }()
	out := standardOutput(c.std.out, c.con, "redirect it")
	report := jsonReport{out}
	var files, bytes int64
	err = walk.Files(ctx, func(f batch.File) error {
		switch {
		case f.Err != nil:
			c.count.failed++
			c.problem(f.Path, f.Err)
			if c.json {
				return report.file(batch.CopyResult{File: f, Name: c.paths.place(f)}, nil)
			}
			return nil
		case f.Kind == batch.Directory, f.Kind == batch.Leave:
			return nil
		}
		var size int64
		if info, err := os.Lstat(f.Path); err == nil && f.Kind == batch.RegularFile {
			if c.update && c.isUpToDate(f, info) {
				return nil
			}
			files++
			size = info.Size()
			bytes += size
		}
		if c.json {
			return report.planned(f, c.paths.place(f), size)
		}
		_, err := fmt.Fprintf(out, "%s -> %s\n", quoted(f.Path), quoted(filepath.Join(c.paths.target, c.paths.place(f))))
		return err
	})
	if err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	if !c.quiet {
		c.con.line("%s, %s would be copied", plural(files, "file"), bytesText(float64(bytes)))
	}
	return c.verdict()
}

func (c *copying) isUpToDate(f batch.File, info fs.FileInfo) bool {
	there, err := os.Lstat(filepath.Join(c.paths.target, c.paths.place(f)))
	return err == nil && there.Mode().IsRegular() && there.Size() == info.Size() && there.ModTime().Equal(info.ModTime())
}
