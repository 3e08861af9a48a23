//go:build !crashpoints

package disk

// step makes a change of some kind to name. Built with the tag crashpoints the process
// can die just before it and just after it.
func step(_, _ string, do func() error) error { return do() }
