package local

import (
	"io/fs"
	"os"
)

// same reports whether both infos are of one file. On systems whose infos tell an
// inode it works for every disk, otherwise for real ones.
func same(a, b fs.FileInfo) bool {
	i, j := statusOfInfo(a).Identity, statusOfInfo(b).Identity
	if i.Inode == 0 {
		return os.SameFile(a, b)
	}
	return i.SameFile(j)
}
