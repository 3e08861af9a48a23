//go:build !linux && !darwin && !freebsd

package local

import "errors"

func (handle) nextData(int64) (data, after int64, err error) { return 0, 0, errors.ErrUnsupported }
