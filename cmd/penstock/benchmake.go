package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/penstock-go/penstock/checkpoint/disk"
)

// makeData makes the data that is to be measured, in a directory of its own in dir.
// It is the same each time, and no storage can make it smaller.
func (b *benching) makeData(ctx context.Context, dir string) error {
	made, err := b.scratch.in(dir)
	if err != nil {
		return fatal(fmt.Errorf("make data in %s: %w", quoted(dir), writing.on(err)))
	}
	b.con.line("making %s in %s", bytesText(float64(b.size.bytes)), quoted(made))
	files := max(1, int64(b.files.n))
	b.subject.name = fmt.Sprintf("data made in %s", dir)
	b.subject.path, b.subject.dir = filepath.Join(made, "data"), true
	if files == 1 {
		b.subject.path, b.subject.dir = filepath.Join(made, "data.bin"), false
	} else if err := os.Mkdir(b.subject.path, 0o700); err != nil {
		return b.unmade(err)
	}
	random := rand.NewChaCha8([32]byte{})
	for i := range files {
		path := b.subject.path
		if files > 1 {
			path = filepath.Join(path, fmt.Sprintf("%05d.bin", i))
		}
		// The first files have one byte more where it cannot be divided.
		bytes := b.size.bytes / files
		if i < b.size.bytes%files {
			bytes++
		}
		if err := fillFile(ctx, path, random, bytes); err != nil {
			return b.unmade(err)
		}
	}
	return b.unmade(syncAll(made))
}

// unmade is why the data could not be made.
func (b *benching) unmade(err error) error {
	if err == nil {
		return nil
	}
	return fatal(fmt.Errorf("make %s of data: %w", bytesText(float64(b.size.bytes)), writing.on(err)))
}

// fillFile makes a file of so many random bytes.
func fillFile(ctx context.Context, path string, random *rand.ChaCha8, bytes int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, min(bytes, 1<<20))
	for bytes > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		part := buf[:min(bytes, int64(len(buf)))]
		_, _ = random.Read(part) // which never fails
		if _, err := f.Write(part); err != nil {
			return err
		}
		bytes -= int64(len(part))
	}
	return f.Close()
}

// syncAll brings what was written to the storage, so that it is not written while
// something is measured. It does nothing where only single files can be synced.
func syncAll(dir string) error {
	root, err := disk.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	f, err := root.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if all, ok := f.(disk.FilesystemSyncer); ok {
		err = all.SyncFilesystem()
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
