package retry_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

var errStopped = errors.New("stopped by interrupt")

// script is an operation that fails with one error after the other and then
// succeeds.
type script struct {
	errs  []error
	calls int
}

func (s *script) op(context.Context) error {
	s.calls++
	if s.calls > len(s.errs) {
		return nil
	}
	return s.errs[s.calls-1]
}

func times(n int, err error) []error {
	var all []error
	for range n {
		all = append(all, err)
	}
	return all
}

func join(parts ...[]error) []error {
	var all []error
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func TestDoAttempts(t *testing.T) {
	network, files, memory := example[retry.Network], example[retry.FileSystem], example[retry.Memory]
	tests := map[string]struct {
		errs  []error
		calls int
		want  string // of the error, "" for none
	}{
		"at once":                   {nil, 1, ""},
		"network, last attempt":     {times(4, network), 5, ""},
		"network":                   {times(9, network), 5, "gave up after 5 attempts: connection reset by peer"},
		"file system, last attempt": {times(2, files), 3, ""},
		"file system":               {times(9, files), 3, "gave up after 3 attempts: input/output error"},
		"memory, last attempt":      {times(1, memory), 2, ""},
		"memory":                    {times(9, memory), 2, "gave up after 2 attempts: cannot allocate memory"},
		"each class for itself":     {join(times(4, network), times(2, files), times(1, memory)), 8, ""},
		"the first to be used up":   {join(times(4, network), times(9, files)), 7, "gave up after 7 attempts: input/output error"},
		"permanent in the end":      {join(times(2, network), times(9, syscall.ENOSPC)), 3, "no space left on device"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := script{errs: test.errs}
				err := retry.Do(t.Context(), retry.Options{}, s.op)
				require.Equal(t, test.calls, s.calls)
				if test.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, test.want)
				require.ErrorIs(t, err, test.errs[test.calls-1])
			})
		})
	}
}

func TestDoNeverRetriesWhatIsPermanent(t *testing.T) {
	generous := samePolicy(retry.Policy{Attempts: 100})
	generous.Notify = func(f retry.Failure) { panic(f) }
	for class, err := range example {
		if class.Temporary() {
			continue
		}
		t.Run(class.String(), func(t *testing.T) {
			err := fmt.Errorf("copy a: %w", err)
			s := script{errs: times(3, err)}
			got := retry.Do(t.Context(), generous, s.op)
			require.Equal(t, 1, s.calls)
			require.Equal(t, err, got, "as it is")
			require.Equal(t, class, retry.Classify(got))
		})
	}
}

func TestGaveUpError(t *testing.T) {
	s := script{errs: times(1, syscall.ECONNRESET)}
	err := retry.Do(t.Context(), samePolicy(retry.Policy{}), s.op)
	require.EqualError(t, err, "gave up after 1 attempt: connection reset by peer")
	gaveUp, ok := errors.AsType[*retry.GaveUpError](fmt.Errorf("copy a: %w", err))
	require.True(t, ok)
	require.Equal(t, &retry.GaveUpError{Class: retry.Network, Attempts: 1, Err: syscall.ECONNRESET}, gaveUp)
	require.Equal(t, retry.Network, retry.Classify(err))
}

func TestNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := script{errs: []error{syscall.ENETDOWN, syscall.EIO, syscall.ECONNRESET, syscall.EIO}}
		begin, expected := time.Now(), time.Duration(0)
		var told []retry.Failure
		err := retry.Do(t.Context(), retry.Options{Notify: func(f retry.Failure) {
			require.Equal(t, expected, time.Since(begin), "before the wait")
			expected += f.Wait
			require.Positive(t, f.Wait)
			f.Wait = 0
			told = append(told, f)
		}}, s.op)
		require.NoError(t, err)
		require.Equal(t, []retry.Failure{
			{Err: syscall.ENETDOWN, Class: retry.Network, Attempts: 1},
			{Err: syscall.EIO, Class: retry.FileSystem, Attempts: 2},
			{Err: syscall.ECONNRESET, Class: retry.Network, Attempts: 3},
			{Err: syscall.EIO, Class: retry.FileSystem, Attempts: 4},
		}, told)
		require.Equal(t, expected, time.Since(begin))
	})
}

func TestProgress(t *testing.T) {
	tests := map[string]struct {
		begin    int64
		after    func(call int) int64 // progress after each call
		calls    int
		attempts int
	}{
		"none":                        {0, func(int) int64 { return 0 }, 5, 5},
		"none beyond the checkpoint":  {1000, func(int) int64 { return 1000 }, 5, 5},
		"in the first attempt":        {0, func(int) int64 { return 10 }, 5, 5},
		"in the last attempt":         {0, func(call int) int64 { return int64(call / 5) }, 9, 5},
		"until call 100":              {0, func(call int) int64 { return int64(min(call, 100)) }, 104, 5},
		"backwards":                   {1000, func(call int) int64 { return int64(900 - call) }, 5, 5},
		"to and fro, never further":   {0, func(call int) int64 { return int64(call % 2) }, 5, 5},
		"from below the beginning up": {1000, func(call int) int64 { return int64(900 + call) }, 5, 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, position := 0, test.begin
				err := retry.Do(t.Context(), retry.Options{Progress: func() int64 { return position }}, func(context.Context) error {
					calls++
					position = test.after(calls)
					if calls > 1000 {
						return nil
					}
					return syscall.ECONNRESET
				})
				gaveUp, ok := errors.AsType[*retry.GaveUpError](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, test.attempts, gaveUp.Attempts)
				require.Equal(t, test.calls, calls)
			})
		})
	}
}

func TestProgressBeginsTheWaitsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		var last retry.Failure
		o := retry.Options{
			Progress: func() int64 { return int64(calls) },
			Notify: func(f retry.Failure) {
				require.LessOrEqual(t, f.Wait, 750*time.Millisecond)
				last = f
			},
		}
		require.NoError(t, retry.Do(t.Context(), o, func(context.Context) error {
			calls++
			if calls > 100 {
				return nil
			}
			return syscall.ECONNRESET
		}))
		require.Equal(t, 1, last.Attempts)
	})
}
