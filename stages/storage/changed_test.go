package storage_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/storage"
)

func TestCompare(t *testing.T) {
	before := checkpoint.Identity{Device: 1, Inode: 2, Size: 4096, ModTime: 1e9, ChangeTime: 1e9}
	tests := map[string]struct {
		change func(*checkpoint.Identity)
		read   int64
		want   string
	}{
		"nothing": {read: 4096},
		"longer": {
			func(i *checkpoint.Identity) { i.Size, i.ModTime = 8192, 2e9 }, 4096,
			"changed while reading: was 4096 bytes, now 8192; run it again when nobody writes to it",
		},
		"modified": {
			func(i *checkpoint.Identity) { i.ModTime = 2e9 + 1 }, 4096,
			"changed while reading: modified at 1970-01-01T00:00:01Z, now at 1970-01-01T00:00:02.000000001Z; " +
				"run it again when nobody writes to it",
		},
		"time put back": {
			func(i *checkpoint.Identity) { i.ChangeTime = 2e9 }, 4096,
			"changed while reading: its inode was changed: permissions, owner, links, or a write that put its time back; " +
				"run it again when nobody writes to it",
		},
		"another inode": {
			func(i *checkpoint.Identity) { i.Inode = 3 }, 4096,
			"changed while reading: another file took its place; run it again when nobody writes to it",
		},
		"another device": {
			func(i *checkpoint.Identity) { i.Device = 3 }, 4096,
			"changed while reading: another file took its place; run it again when nobody writes to it",
		},
		"made up": {
			nil, 10,
			"its size says 4096 bytes, but reading gave 10: it is made up while it is read, as in /proc and /sys; " +
				"copy it to a disk and read the copy",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			after := before
			if test.change != nil {
				test.change(&after)
			}
			err := storage.Compare(before, after, test.read)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.want)
			require.ErrorIs(t, err, storage.ErrChanged)
		})
	}
}

// A driver's error says by itself that it is not to be tried again, whatever it is
// wrapped in.
func TestRetryClasses(t *testing.T) {
	for want, err := range map[retry.Class]error{
		retry.Changed: &storage.ChangedError{},
		retry.Gone:    &storage.NotRegularError{Mode: fs.ModeDir},
	} {
		require.Equal(t, want, retry.Classify(&fs.PathError{Op: "read", Err: err}))
	}
}
