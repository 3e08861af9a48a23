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
}
