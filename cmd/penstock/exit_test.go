package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
)

func TestExitCodes(t *testing.T) {
	interrupted := &stoppedError{os.Interrupt}
	for name, c := range map[string]struct {
		err  error
		code int
		said string // a regular expression; empty: nothing
	}{
		"all well":                {nil, 0, ``},
		"mismatch":                {failed(exitMismatch), 1, ``},
		"mismatch, with a line":   {&codeError{exitMismatch, errors.New("none")}, 1, `^penstock: none\n$`},
		"usage":                   {usage("wrong %s", "flag"), 2, `^penstock: wrong flag\n$`},
		"without a code":          {errors.New("keep in the journal"), 5, `^penstock: keep in the journal\n$`},
		"a panic":                 {&pipeline.PanicError{Value: "a bug"}, 5, `^penstock: .*a bug\n$`},
		"partial":                 {failed(exitPartial), 3, ``},
		"fatal":                   {fatal(syscall.ENOSPC), 5, `^penstock: no space left on device\n$`},
		"fatal in a stage":        {&pipeline.StageError{Stage: "results", Err: fatal(syscall.EIO)}, 5, `^penstock: input/output error\n$`},
		"SIGINT":                  {interrupted, 130, `^penstock: stopped by interrupt \(SIGINT\); run it again\n$`},
		"SIGTERM":                 {&stoppedError{syscall.SIGTERM}, 143, `^penstock: stopped by SIGTERM; .*\n$`},
		"SIGHUP":                  {&stoppedError{syscall.SIGHUP}, 129, `^penstock: stopped by SIGHUP; .*\n$`},
		"another":                 {&stoppedError{syscall.SIGABRT}, 134, `^penstock: stopped by aborted; .*\n$`},
		"SIGINT through a stage":  {fmt.Errorf("read: %w", &pipeline.StageError{Stage: "read", Err: interrupted}), 130, `stopped by interrupt`},
		"a signal beats the rest": {errors.Join(fatal(context.Canceled), interrupted), 130, `stopped by interrupt`},
		"two lines in an error":   {usage("%w", errors.Join(errors.New("a"), errors.New("b"))), 2, `^penstock: a.+b\n$`},
		"escapes in an error":     {usage("bad \x1b[2J"), 2, `^penstock: bad .\[2J\n$`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.Equal(t, c.code, (&console{out: &out, rest: "run it again"}).exit(c.err))
			if c.said == "" {
				require.Empty(t, out.String())
				return
			}
			require.Regexp(t, c.said, out.String())
		})
	}
}

func TestCodeErrorHoldsItsReason(t *testing.T) {
	require.ErrorIs(t, fatal(syscall.ENOSPC), syscall.ENOSPC)
	require.EqualError(t, failed(3), "exit code 3")
}
