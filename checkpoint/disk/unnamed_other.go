//go:build !linux

package disk

// canUnnamed is nothing: what has no name is not made here.
type canUnnamed struct{}
