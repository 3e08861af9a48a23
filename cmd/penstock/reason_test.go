package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pipeline/retry"
	"github.com/penstock-go/penstock/stages/batch"
)

// What stands around a path is said once, whether there is a path or not, and the cause
// can still be asked for.
func TestReasonKeepsTheCircumstances(t *testing.T) {
	path := &fs.PathError{Op: "read", Path: "a", Err: syscall.EIO}
	torn := errors.New("torn")
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("stage: %w", &pipeline.StageError{Stage: "read", Err: path}), "input/output error"},
		{&retry.GaveUpError{Attempts: 3, Err: path}, "gave up after 3 attempts: input/output error"},
		{&retry.GaveUpError{Attempts: 1, Err: torn}, "gave up after 1 attempt: torn"},
		{&batch.ReadBackError{Err: torn}, "read back: torn"},
		{&batch.UnsyncedError{Err: path}, "is in place, but may not survive a power cut: input/output error"},
		{&retry.GaveUpError{Attempts: 2, Err: &batch.ReadBackError{Err: path}}, "gave up after 2 attempts: read back: input/output error"},
	} {
		got := reason(test.err)
		require.EqualError(t, got, test.want)
		require.Equal(t, errors.Is(test.err, syscall.EIO), errors.Is(got, syscall.EIO))
	}
}
