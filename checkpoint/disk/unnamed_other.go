//go:build !linux

package disk

// unnamed is nothing: what has no name is not made here.
type unnamed struct{}
