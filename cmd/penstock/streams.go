package main

import (
	"errors"
	"io"
	"os"
)

// streams are the three that a process has.
type streams struct{ in, out, err *os.File }

// errNoInput is what reading says when the process was started without an input.
var errNoInput = errors.New("standard input is closed; redirect it from a file, or name the file")

// input is standard input, or a reader that says that there is none.
func (s streams) input() io.Reader {
	if nowhere(s.in) {
		return missingInput{}
	}
	return s.in
}

type missingInput struct{}

func (missingInput) Read([]byte) (int, error) { return 0, errNoInput }

// sticky keeps the first error of a writer that others write to without looking.
type sticky struct {
	io.Writer
	err error
}

func (s *sticky) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.Writer.Write(p)
	s.err = err
	return n, err
}
