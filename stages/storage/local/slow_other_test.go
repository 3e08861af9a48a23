//go:build unix && !linux

package local_test

import "github.com/penstock-go/penstock/stages/storage/local"

func useSlowWay(*local.Root) error { return nil } // it is the only one
