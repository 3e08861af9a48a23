package manifest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// OutsideError says that a name leads, or may lead, out of the folder that a
// list is checked in.
type OutsideError struct {
	Name string
	Root string // as given to Inside
	Why  string // what is wrong with the name, as in `holds ".."`
}

// Error quotes the name and says what would help.
func (e *OutsideError) Error() string {
	return fmt.Sprintf("name %s %s: check from a folder that holds the file", quoted(e.Name), e.Why)
}

// Inside returns the path of a listed file relative to root, for use beneath
// root only, as an os.Root does. It refuses with an [*OutsideError]
//
//   - a name that holds "..", even where it seems to stay inside: a symbolic
//     link may stand before it;
//   - an absolute name, unless root is absolute and holds it;
//   - a name that the system keeps for a device, or that holds NUL.
//
// It looks at the names only. Symbolic links are for the os.Root to judge.
func Inside(root, name string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", &OutsideError{Name: name, Root: root, Why: why}
	}
	parts := strings.FieldsFunc(name, isSeparator)
	if slices.Contains(parts, "..") {
		return refuse(`holds ".."`)
	}
	path := name
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(root, name)
		if err != nil || !filepath.IsLocal(rel) {
			return refuse("is absolute and not beneath " + quoted(root))
		}
		path = rel
	}
	if strings.IndexByte(path, 0) >= 0 || !filepath.IsLocal(path) {
		return refuse("names no file here")
	}
	return path, nil
}

func isSeparator(c rune) bool { return c == '/' || c == filepath.Separator }
