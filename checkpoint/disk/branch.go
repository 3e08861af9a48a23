package disk

import "os"

// Branch opens the directory name beneath the root.
//
// The slash and the dot are what keeps a FIFO from being waited for: os.Root opens
// all but the last element of a name as directories only.
func (r *Root) Branch(name string) (Tree, error) {
	below, err := r.OpenRoot(name + string(os.PathSeparator) + ".")
	if err != nil {
		return nil, err
	}
	root, err := newRoot(below)
	if err != nil {
		return nil, err // and not a Tree that holds a nil *Root
	}
	return root, nil
}
