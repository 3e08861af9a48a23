package batch_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/pipeline/cleanup"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/storage/local"
)

// told is a directory that says when the bytes of its files were synced together.
type told struct {
	*disk.Root
	synced func()
}

func (d told) CreateUnnamed(perm fs.FileMode) (disk.UnnamedFile, error) {
	f, err := d.Root.CreateUnnamed(perm)
	if err != nil {
		return nil, err
	}
	return toldFile{f, d.synced}, nil
}

type toldFile struct {
	disk.UnnamedFile
	synced func()
}

func (f toldFile) SyncFilesystem() error {
	defer f.synced()
	return f.UnnamedFile.(disk.FilesystemSyncer).SyncFilesystem()
}

// A run that ends when the bytes of its small copies were synced, and none has its name
// yet, leaves nothing behind and nothing open.
func TestCopyEndsBeforeTheNames(t *testing.T) {
	source, to := t.TempDir(), t.TempDir()
	for i := range 8 {
		require.NoError(t, os.WriteFile(filepath.Join(source, fmt.Sprint(i)), pattern(100), 0o600))
	}
	root := openDisk(t, to)
	if probe, err := root.CreateUnnamed(0o600); err != nil {
		t.Skipf("NOT RUN: %v", err)
	} else {
		require.NoError(t, probe.Close())
	}
	c := newCopier(t, t.TempDir())
	open := descriptors(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	target, err := local.NewTarget(told{openDisk(t, to), cancel}, to)
	require.NoError(t, err)
	scope := new(cleanup.Scope)
	c.Target, c.Scope, c.Verify = target, scope, batch.VerifyNone
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{source}, Directories: true})
	require.NoError(t, err)
	err = batch.Copy(ctx, walk.Files, c.Copying, func(batch.CopyResult) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
	walk.Close()
	require.NoError(t, scope.Close(t.Context()))
	require.NoError(t, target.Close())
	entries, err := os.ReadDir(to)
	require.NoError(t, err)
	require.Empty(t, entries)
	require.Equal(t, open, descriptors(t))
}
