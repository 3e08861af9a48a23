//go:build crashpoints

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// A program that is built with the tag crashpoints dies where its environment says,
// as by kill -9. Each change that is made through this package has a point before it
// and, where it did not fail, a point after it, whose name is that of the change and of
// what is changed:
//
//	before rename 5f2c.record
//	after sync penstock/.
//
// crashAt is a pattern for path.Match of such names, and crashNth which of the points
// that match is meant; nothing means the first. crashTrace is a file to which the name
// of every point is appended as it is passed, a line each.
//
// Two points are not for dying at. Where crashAt matches "spoil" and the name of a file,
// that write stores another byte in place of its last, and says that all is well. Where
// it matches "fail" and the name, that sync is EIO.
const (
	crashAt    = "PENSTOCK_CRASH_AT"
	crashNth   = "PENSTOCK_CRASH_NTH"
	crashTrace = "PENSTOCK_CRASH_TRACE"
)

// crashes is how many points have matched so far.
var crashes struct {
	sync.Mutex
	matched int
}

func step(what, name string, do func() error) error {
	pass("before " + what + " " + name)
	err := do()
	if err == nil {
		pass("after " + what + " " + name)
	}
	return err
}

// pass is a point. It does not return where the process is to die.
func pass(point string) {
	crashes.Lock()
	defer crashes.Unlock()
	traceLocked(point)
	if !meantLocked(point) {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // until it is dead
}

// goesWrong reports whether a point that is not for dying at is the one that is meant.
func goesWrong(point string) bool {
	crashes.Lock()
	defer crashes.Unlock()
	meant := meantLocked(point)
	if meant {
		traceLocked(point)
	}
	return meant
}

// meantLocked counts the point if it matches.
func meantLocked(point string) bool {
	if match, err := path.Match(os.Getenv(crashAt), point); !match || err != nil {
		return false
	}
	crashes.matched++
	nth, _ := strconv.Atoi(os.Getenv(crashNth)) // 0 where it is no number
	return crashes.matched == max(nth, 1)
}

func traceLocked(point string) {
	file := os.Getenv(crashTrace)
	if file == "" {
		return
	}
	if err := appendLine(file, point); err != nil {
		panic("disk: trace crash points: " + err.Error())
	}
}

func appendLine(file, line string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.ReplaceAll(line, "\n", "?") + "\n")
	return errors.Join(err, f.Close())
}

// spoil is what a write to name stores in place of p.
func spoil(name string, p []byte) []byte {
	if len(p) == 0 || !goesWrong("spoil "+name) {
		return p
	}
	p = slices.Clone(p)
	p[len(p)-1] ^= 1
	return p
}

// The methods below stand in place of those that Root and file have from package os.

// Mkdir is a step.
func (r *Root) Mkdir(name string, perm fs.FileMode) error {
	return step("mkdir", name, func() error { return r.Root.Mkdir(name, perm) })
}

// Rename is a step, by the new name.
func (r *Root) Rename(from, to string) error {
	return step("rename", to, func() error { return r.Root.Rename(from, to) })
}

// Remove is a step.
func (r *Root) Remove(name string) error {
	return step("remove", name, func() error { return r.Root.Remove(name) })
}

// Symlink is a step.
func (r *Root) Symlink(target, name string) error {
	return step("symlink", name, func() error { return r.Root.Symlink(target, name) })
}

// WriteAt is a step.
func (f *file) WriteAt(p []byte, offset int64) (n int, err error) {
	err = step("write", f.name, func() error {
		n, err = f.File.WriteAt(spoil(f.name, p), offset)
		return err
	})
	return n, err
}

// Truncate is a step.
func (f *file) Truncate(size int64) error {
	return step("truncate", f.name, func() error { return f.File.Truncate(size) })
}

// Chmod is a step.
func (f *file) Chmod(mode fs.FileMode) error {
	return step("chmod", f.name, func() error { return f.File.Chmod(mode) })
}

// Sync is a step. That of a directory goes by the directory's own name, with a slash
// and a dot behind it.
func (f *file) Sync() error {
	name := f.name
	if name == "." {
		name = filepath.Base(f.root.Name()) + "/."
	}
	return step("sync", name, func() error {
		if goesWrong("fail " + name) {
			return &fs.PathError{Op: "sync", Path: name, Err: syscall.EIO}
		}
		return f.File.Sync()
	})
}
