package pipeline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds the memory that one line can take.
const maxLine = 64 << 10

// Lines is the source of the lines of r, without their ends, "\n" or "\r\n". A
// line of more than 64 KiB is an error that gives its number and wraps
// [bufio.ErrTooLong]. A Read that blocks is not interrupted when the run ends.
func Lines(r io.Reader) Source[string] {
	return func(_ context.Context, emit func(string) error) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine+len("\r\n"))
		n := 0
		for lines.Scan() {
			n++
			line := lines.Text()
			if len(line) > maxLine {
				return tooLong(n)
			}
			if err := emit(line); err != nil {
				return err
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return tooLong(n + 1)
		} else if err != nil {
			return fmt.Errorf("read line %d: %w", n+1, err)
		}
		return nil
	}
}

func tooLong(line int) error {
	return fmt.Errorf("line %d is longer than %d bytes: %w", line, maxLine, bufio.ErrTooLong)
}
