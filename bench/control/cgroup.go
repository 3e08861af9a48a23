package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/penstock-go/penstock/bench/proof"
)

// groupLimit is what a control group lets its processes take, page cache and all.
const groupLimit = 64_000_000

// cgroup does the same as ceiling within a control group of 64 MB, which kills
// whoever takes more.
func cgroup(ctx context.Context, s size) ([]proof.Row, error) {
	group, remove, err := newGroup()
	if err != nil {
		return []proof.Row{{What: "10 streams in a control group of 64 MB", Wanted: "not killed", Skipped: err.Error()}}, nil
	}
	defer remove()
	return peaks(ctx, s, group, ", in a control group of 64 MB, which kills nobody")
}

// newGroup makes a control group, of version 1 or 2, with the limit.
func newGroup() (dir string, remove func(), err error) {
	for _, at := range []struct{ parent, limit string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"},
	} {
		dir = filepath.Join(at.parent, fmt.Sprintf("penstock-%d", os.Getpid()))
		if err = os.Mkdir(dir, 0o755); err != nil {
			continue
		}
		remove = func() { _ = os.Remove(dir) }
		if err = os.WriteFile(filepath.Join(dir, at.limit), []byte(strconv.Itoa(groupLimit)), 0o644); err == nil {
			return dir, remove, nil
		}
		remove()
	}
	return "", nil, fmt.Errorf("no control group can be made (it needs root and a memory hierarchy): %w", errors.Unwrap(err))
}
