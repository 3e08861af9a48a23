//go:build !linux && !darwin

package local

import "errors"

func attributes(_ int, lost *losses) []Attribute {
	lost.note("attributes", errors.ErrUnsupported)
	return nil
}
