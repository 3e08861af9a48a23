package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/manifest"
	"github.com/penstock-go/penstock/stages/storage"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// reason is an error without the paths and stages around it: its path has been
// said, and a person is not helped by the name of a system call.
func reason(err error) error {
	cause := bare(err)
	if said := circumstances(err); said != "" {
		return fmt.Errorf("%s%w", said, cause)
	}
	return cause
}

// circumstances are what stands around a path in an error, and its cause does not say.
func circumstances(err error) (said string) {
	for _, e := range surrounding(err) {
		said += strings.TrimSuffix(e.Error(), e.Unwrap().Error())
	}
	return said
}

// wrapper is an error around another, which it says last.
type wrapper interface {
	error
	Unwrap() error
}

// surrounding are those in err that say more than its cause, in the order in which they
// stand around one another.
func surrounding(err error) (all []wrapper) {
	if e, ok := errors.AsType[*retry.GaveUpError](err); ok {
		all = append(all, e)
	}
	if e, ok := errors.AsType[*batch.UnsyncedError](err); ok {
		all = append(all, e)
	}
	if e, ok := errors.AsType[*batch.ReadBackError](err); ok {
		all = append(all, e)
	}
	return all
}

// bare is an error without all that is around it.
func bare(err error) error {
	for {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err
			continue
		}
		if stage, ok := errors.AsType[*pipeline.StageError](err); ok {
			err = stage.Err
			continue
		}
		if name, ok := errors.AsType[*manifest.NameError](err); ok {
			return errors.New(name.Reason())
		}
		if around := surrounding(err); len(around) > 0 {
			err = around[0].Unwrap()
			continue
		}
		return err
	}
}

// advice is what to do about an error that does not say it.
type advice []struct {
	about error
	do    string
}

// reading is for what is read, writing for what is written.
var (
	reading = advice{
		{fs.ErrPermission, "run it as a user who may read it"},
		{fs.ErrNotExist, "check the name"},
		{syscall.ENOTDIR, "check the name: a part of it is a file"},
		{syscall.EISDIR, "name a file"},
		{batch.ErrOutput, "leave it out, or send the output elsewhere"},
		{syscall.ELOOP, "one of the links leads to itself; mend it, or name the file that is meant"},
		{syscall.ENAMETOOLONG, "no file has such a name; go into its directory and name it from there"},
		{syscall.EIO, "the storage is failing; copy what it still gives"},
		{syscall.EMFILE, "raise ulimit -n, or lower -j"},
	}
	writing = advice{
		{fs.ErrPermission, "run it as a user who may write it"},
		{fs.ErrNotExist, "make the directory first"},
		{syscall.ENOTDIR, "check the name: a part of it is a file"},
		{syscall.EISDIR, "name a file"},
		{syscall.ENOSPC, "make room and run it again"},
		{syscall.EDQUOT, "make room in the quota and run it again"},
		{syscall.EFBIG, "raise ulimit -f, or write to another file system"},
		{syscall.EROFS, "write to another file system"},
		{syscall.EIO, "the storage is failing; write to another"},
	}
)

// on is the reason of err with the advice behind it.
func (a advice) on(err error) error {
	err = reason(err)
	if special, ok := errors.AsType[*storage.NotRegularError](err); ok && special.Mode.IsDir() {
		return fmt.Errorf("%w; name a file in it", err)
	} else if ok {
		return fmt.Errorf("%w; redirect standard output to it instead", err)
	}
	if strings.Contains(err.Error(), "; ") { // it says what to do itself
		return err
	}
	for _, known := range a {
		if errors.Is(err, known.about) {
			return fmt.Errorf("%w; %s", err, known.do)
		}
	}
	return err
}

// blamed is what an error in a copy is about, the source or a path at its target, and
// the reason with what to do about it.
func blamed(source string, err error) (string, error) {
	path, ok := errors.AsType[*fs.PathError](err)
	if !ok || !isTarget(path.Err) {
		return source, readAdvice(err)
	}
	_, special := errors.AsType[*storage.NotRegularError](path)
	_, wrong := errors.AsType[*local.WrongKindError](path)
	if special || wrong {
		return path.Path, fmt.Errorf("%w; move it away, or copy to another place", path.Err)
	}
	return path.Path, writing.on(err)
}

// isTarget reports whether an error is of what is written in a copy.
func isTarget(err error) bool {
	_, ok := errors.AsType[*local.TargetError](err)
	return ok
}

// readAdvice is the reason why a file was not read, and what to do.
func readAdvice(err error) error {
	special, ok := errors.AsType[*storage.NotRegularError](err)
	switch {
	case !ok:
		return reading.on(err)
	case special.Mode&fs.ModeSymlink != 0:
		return fmt.Errorf("%w; name what it leads to", special)
	case special.Mode&fs.ModeSocket != 0:
		return fmt.Errorf("%w; sockets hold nothing to read, leave it out", special)
	case special.Mode.IsDir():
		return fmt.Errorf("%w; name the files in it", special)
	default:
		return fmt.Errorf("%w; to read what comes out of it: penstock sum - <NAME", special)
	}
}
