package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// errnos is every number that has a class.
var errnos = map[syscall.Errno]retry.Class{
	syscall.ENOSPC:       retry.Full,
	syscall.EDQUOT:       retry.Full,
	syscall.EACCES:       retry.Permission,
	syscall.EPERM:        retry.Permission,
	syscall.EROFS:        retry.Permission,
	syscall.ENOENT:       retry.Gone,
	syscall.ENXIO:        retry.Gone,
	syscall.ENODEV:       retry.Gone,
	syscall.ENOMEM:       retry.Memory,
	syscall.ENOBUFS:      retry.Memory,
	syscall.EIO:          retry.FileSystem,
	syscall.EAGAIN:       retry.FileSystem,
	syscall.EBUSY:        retry.FileSystem,
	syscall.EINTR:        retry.FileSystem,
	syscall.EMFILE:       retry.FileSystem,
	syscall.ENFILE:       retry.FileSystem,
	syscall.ESTALE:       retry.FileSystem,
	syscall.ENOLCK:       retry.FileSystem,
	syscall.ECONNRESET:   retry.Network,
	syscall.ECONNABORTED: retry.Network,
	syscall.ECONNREFUSED: retry.Network,
	syscall.EPIPE:        retry.Network,
	syscall.ETIMEDOUT:    retry.Network,
	syscall.EHOSTUNREACH: retry.Network,
	syscall.EHOSTDOWN:    retry.Network,
	syscall.ENETUNREACH:  retry.Network,
	syscall.ENETDOWN:     retry.Network,
	syscall.ENETRESET:    retry.Network,
}

// example is one error of each class.
var example = map[retry.Class]error{
	retry.Unknown:    errors.New("no space left on device"),
	retry.Network:    syscall.ECONNRESET,
	retry.FileSystem: syscall.EIO,
	retry.Memory:     syscall.ENOMEM,
	retry.Gone:       fs.ErrNotExist,
	retry.Changed:    saying(retry.Changed),
	retry.Permission: fs.ErrPermission,
	retry.Full:       syscall.ENOSPC,
}

// said is an error that says its class, whatever it wraps.
type said struct {
	error

	class retry.Class
}

func saying(class retry.Class) error { return &said{errors.New("so it is said"), class} }

func (e *said) Unwrap() error           { return e.error }
func (e *said) RetryClass() retry.Class { return e.class }

// deniedError has two classes by itself, without joining anything.
type deniedError struct{ error }

func (e deniedError) Unwrap() error        { return e.error }
func (e deniedError) Is(target error) bool { return target == fs.ErrPermission }

// emptyError joins nothing.
type emptyError struct{}

func (emptyError) Error() string   { return "empty" }
func (emptyError) Unwrap() []error { return nil }

func TestClassifyNumbers(t *testing.T) {
	wrappers := map[string]func(error) error{
		"bare":    func(err error) error { return err },
		"path":    func(err error) error { return &fs.PathError{Op: "write", Path: "a", Err: err} },
		"link":    func(err error) error { return &os.LinkError{Op: "rename", Old: "a", New: "b", Err: err} },
		"syscall": func(err error) error { return os.NewSyscallError("fsync", err) },
		"socket": func(err error) error {
			return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}
		},
		"url":    func(err error) error { return &url.Error{Op: "Get", URL: "http://a", Err: err} },
		"%w":     func(err error) error { return fmt.Errorf("copy a: %w", fmt.Errorf("write: %w", err)) },
		"%w: %w": func(err error) error { return fmt.Errorf("%w: %w", errors.New("sink"), err) },
		"join":   func(err error) error { return errors.Join(errors.New("first"), err, errors.New("last")) },
		"all": func(err error) error {
			return fmt.Errorf("copy: %w", errors.Join(io.EOF, &fs.PathError{Op: "sync", Path: "a", Err: os.NewSyscallError("fsync", err)}))
		},
	}
	for name, wrap := range wrappers {
		t.Run(name, func(t *testing.T) {
			for errno, class := range errnos {
				require.Equal(t, class, retry.Classify(wrap(errno)), errno.Error())
			}
		})
	}
}

func TestClassify(t *testing.T) {
	tests := map[string]struct {
		err  error
		want retry.Class
	}{
		"nil":                     {nil, retry.Unknown},
		"text only":               {errors.New("write: no space left on device"), retry.Unknown},
		"file too large":          {syscall.EFBIG, retry.Unknown},
		"end of file":             {io.EOF, retry.Unknown},
		"cut short":               {io.ErrUnexpectedEOF, retry.Unknown},
		"closed file":             {fs.ErrClosed, retry.Unknown},
		"closed connection":       {net.ErrClosed, retry.Unknown},
		"exists":                  {fs.ErrExist, retry.Unknown},
		"cancelled":               {context.Canceled, retry.Unknown},
		"empty join":              {emptyError{}, retry.Unknown},
		"stricter than its cause": {deniedError{syscall.ECONNRESET}, retry.Permission},
		"as strict as its cause":  {deniedError{syscall.ENOSPC}, retry.Full},
		"does not exist":          {fmt.Errorf("open: %w", fs.ErrNotExist), retry.Gone},
		"not permitted":           {fmt.Errorf("open: %w", fs.ErrPermission), retry.Permission},
		"deadline of a file":      {&fs.PathError{Op: "read", Err: os.ErrDeadlineExceeded}, retry.Network},
		"deadline of a context":   {fmt.Errorf("get: %w", context.DeadlineExceeded), retry.Network},
		"deadline of a request":   {&url.Error{Op: "Get", Err: context.DeadlineExceeded}, retry.Network},
		"cancelled request":       {&url.Error{Op: "Get", Err: context.Canceled}, retry.Unknown},
		"name server timeout":     {&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, retry.Network},
		"name server misbehaves":  {&net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, retry.Network},
		"no such host":            {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, retry.Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, retry.Classify(test.err)) })
	}
}

func TestClassifySaid(t *testing.T) {
	tests := map[string]struct {
		err  error
		want retry.Class
	}{
		"bare":                     {saying(retry.Changed), retry.Changed},
		"wrapped":                  {fmt.Errorf("read a: %w", saying(retry.Network)), retry.Network},
		"softer than what it has":  {&said{syscall.ENOSPC, retry.Network}, retry.Network},
		"harder than what it has":  {&said{syscall.ECONNRESET, retry.Full}, retry.Full},
		"unknown":                  {&said{syscall.ECONNRESET, retry.Unknown}, retry.Unknown},
		"outer over inner":         {&said{saying(retry.Full), retry.Network}, retry.Network},
		"over a join":              {fmt.Errorf("put: %w", &said{errors.Join(syscall.ENOSPC, syscall.EIO), retry.Memory}), retry.Memory},
		"softer beside a number":   {errors.Join(saying(retry.Network), syscall.ENOSPC), retry.Full},
		"softer behind a number":   {errors.Join(syscall.ENOSPC, saying(retry.Network)), retry.Full},
		"two, the second stricter": {fmt.Errorf("copy: %w", errors.Join(saying(retry.Network), saying(retry.Full))), retry.Full},
		"unknown beside a number":  {errors.Join(saying(retry.Unknown), syscall.EIO), retry.FileSystem},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, retry.Classify(test.err)) })
	}
}

func TestClassifyTakesTheStrictest(t *testing.T) {
	order := []retry.Class{
		retry.Unknown, retry.Network, retry.FileSystem, retry.Memory,
		retry.Gone, retry.Changed, retry.Permission, retry.Full,
	}
	for i, softer := range order {
		for _, stricter := range order[i:] {
			a, b := example[softer], example[stricter]
			require.Equal(t, stricter, retry.Classify(errors.Join(a, b)), "%v, %v", softer, stricter)
			require.Equal(t, stricter, retry.Classify(errors.Join(b, a)), "%v, %v", stricter, softer)
			deep := fmt.Errorf("copy: %w", errors.Join(io.EOF, fmt.Errorf("read: %w; close: %w", b, a)))
			require.Equal(t, stricter, retry.Classify(deep), "%v, %v", stricter, softer)
		}
	}
	follows := errors.Join(context.Canceled, syscall.ECONNRESET)
	require.Equal(t, retry.Network, retry.Classify(follows), "the other stages were cancelled because of it")
}

// Errors as the system makes them, and not as this test thinks it does.
func TestClassifyReal(t *testing.T) {
	_, err := os.Open(t.TempDir() + "/gone")
	require.Equal(t, retry.Gone, retry.Classify(err))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()

	_, err = (&net.Dialer{Timeout: time.Nanosecond}).Dial("tcp", address)
	require.ErrorIs(t, err, context.DeadlineExceeded, "net says so of its own timeouts")
	require.Equal(t, retry.Network, retry.Classify(err))

	require.NoError(t, listener.Close())
	_, err = net.Dial("tcp", address)
	require.Equal(t, retry.Network, retry.Classify(err), "refused: %v", err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	require.Equal(t, retry.Unknown, retry.Classify(err), "cancelled: %v", err)
}
