//go:build !linux

package main

import (
	"errors"
	"os"
)

func (m *medium) cut() error { return errors.ErrUnsupported }

func freeze(*os.Process) {}

func limitFiles(int, uint64) error { return errors.ErrUnsupported }
