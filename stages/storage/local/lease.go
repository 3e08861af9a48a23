package local

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

const (
	// leasePatience is beyond the 45 s after which Linux takes a lease away from
	// a holder that does not give it back (/proc/sys/fs/lease-break-time).
	leasePatience = time.Minute
	// longestLeaseWait is between two attempts, once the first quick ones failed.
	longestLeaseWait = 250 * time.Millisecond
)

// leased says that another process holds a lease on the file, as file servers
// do for their clients. Opened to block, it would wait until the holder has
// written back what its client has; O_NONBLOCK asks the holder just as well, but
// does not wait.
func leased(err error) bool { return errors.Is(err, syscall.EAGAIN) }

// openLeased opens again and again until the holder gives the lease back.
func openLeased(ctx context.Context, open func() (handle, error)) (handle, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, leasePatience,
		fmt.Errorf("another program holds a lease on it for over %v: %w", leasePatience, syscall.EAGAIN))
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, longestLeaseWait) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			var none handle
			return none, context.Cause(ctx)
		}
		if h, err := open(); !leased(err) {
			return h, err
		}
	}
}
