package local_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// A lease is waited for, which blocking would do by itself, and no longer than
// ctx allows.
func TestOpenWaitsForLease(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "file")
	root := openRoot(t, dir, local.Options{})
	opens := map[string]func(context.Context) (*local.File, error){
		"named":   func(ctx context.Context) (*local.File, error) { return local.Open(ctx, filepath.Join(dir, "file")) },
		"beneath": func(ctx context.Context) (*local.File, error) { return root.OpenListed(ctx, "file") },
	}
	for way, open := range opens {
		t.Run(way, func(t *testing.T) {
			asked := make(chan os.Signal, 1) // the kernel asks once
			signal.Notify(asked, unix.SIGIO)
			defer signal.Stop(asked)
			holder, err := os.OpenFile(filepath.Join(dir, "file"), os.O_RDWR, 0)
			require.NoError(t, err)
			defer func() { require.NoError(t, holder.Close()) }()
			lease := func(kind int) error {
				_, err := unix.FcntlInt(holder.Fd(), unix.F_SETLEASE, kind)
				return err
			}
			if err := lease(unix.F_WRLCK); err != nil {
				t.Skipf("NOT RUN: no leases on this file system: %v", err)
			}
			enough := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			returned := make(chan error, 1)
			go func() {
				<-asked
				cancel(enough)
				returned <- nil
			}()
			_, err = open(ctx)
			require.ErrorIs(t, err, enough)
			require.NoError(t, <-returned)
			go func() { returned <- lease(unix.F_UNLCK) }()
			f, err := open(t.Context())
			require.NoError(t, err)
			require.NoError(t, <-returned)
			require.Equal(t, "file", content(t, f))
			require.NoError(t, f.Close())
		})
	}
}
