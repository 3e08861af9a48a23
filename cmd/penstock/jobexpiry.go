package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
)

// expire removes what nobody has come back to for [checkpoint.Retention] from the
// directory of the state. What cannot be removed is no worse than before.
func expire(ctx context.Context, dir *disk.Root, path string, now time.Time) {
	store := checkpoint.NewFileStore(dir)
	_ = store.Expire(ctx, now, discardTemp)
	kept := map[string]bool{} // jobs that records speak of
	for r, err := range store.List(ctx) {
		if err == nil {
			kept[r.Job] = true
		}
	}
	files, _ := filepath.Glob(filepath.Join(path, "*"+jobSuffix)) // a bad pattern is its only error
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), jobSuffix)
		if info, err := os.Lstat(file); err == nil && now.Sub(info.ModTime()) > checkpoint.Retention && !kept[id] {
			expireJob(ctx, dir, id, file)
		}
	}
}

// expireJob removes the file of a job that has nothing else any more, and that nobody
// runs.
func expireJob(ctx context.Context, dir *disk.Root, id, file string) {
	lock, err := checkpoint.Lock(ctx, dir, id)
	if err != nil {
		return
	}
	defer unlockJob(lock)
	if _, err := checkpoint.CountEntries(ctx, dir, id); errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(file)
	}
}
