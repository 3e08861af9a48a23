package local_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/penstock-go/penstock/stages/storage/local"
)

// record is a linux_dirent64.
func record(inode uint64, kind byte, name string) []byte {
	b := binary.NativeEndian.AppendUint64(nil, inode)
	b = binary.NativeEndian.AppendUint64(b, 1)
	b = binary.NativeEndian.AppendUint16(b, uint16(19+len(name)+1))
	b = append(b, kind)
	return append(append(b, name...), 0)
}

// What a file system answers cannot make the listing panic or go round for ever.
func FuzzDirectoryRecords(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(record(1, unix.DT_DIR, "."), record(2, unix.DT_REG, "name")...))
	f.Add(record(0, unix.DT_UNKNOWN, "gone"))
	f.Add(record(3, 255, "")[:18])
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, records []byte) {
		total := 0
		err := local.EachRecord(records, func(e local.Entry) error {
			total += len(e.Name)
			require.NotContains(t, e.Name, byte(0))
			require.NotContains(t, []string{".", ".."}, string(e.Name))
			require.NotZero(t, e.Inode)
			return nil
		})
		require.LessOrEqual(t, total, len(records))
		if err != nil {
			require.ErrorIs(t, err, unix.EIO)
		}
	})
}
