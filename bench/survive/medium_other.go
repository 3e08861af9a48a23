//go:build !linux

package main

import "errors"

func (m *medium) cut() error { return errors.ErrUnsupported }

func limitFiles(int, uint64) error { return errors.ErrUnsupported }
