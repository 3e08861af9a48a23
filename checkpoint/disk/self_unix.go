//go:build linux || darwin || freebsd

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func openSelf(root *os.Root) (*os.File, error) { return root.Open(".") }

// errElement is of a name that might lead elsewhere.
var errElement = errors.New("is not the name of one thing in the directory")

// at calls do with a descriptor of the directory, for a call on these names in it. It must
// not go through symbolic links.
func (r *Root) at(do func(dir int) error, names ...string) error {
	for _, name := range names {
		if !filepath.IsLocal(name) || strings.ContainsRune(name, filepath.Separator) {
			return errElement
		}
	}
	for {
		err := control(r.self, do)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
