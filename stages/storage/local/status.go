package local

import (
	"io/fs"

	"github.com/penstock-go/penstock/checkpoint"
)

// Status is what a look at a name found.
type Status struct {
	Identity checkpoint.Identity
	// Mode holds the type bits and the permissions.
	Mode fs.FileMode
	// Links is how many names there are for it; 0 where the system does not tell.
	Links uint64
	// sparse says that there may be holes: fewer blocks than bytes.
	sparse bool
}

// ifKnown is nil where the file cannot be told from another.
func (s *Status) ifKnown() *Status {
	if s.Identity.Inode == 0 {
		return nil
	}
	return s
}
