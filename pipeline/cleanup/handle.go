package cleanup

import (
	"container/list"
	"context"
	"fmt"
	"time"

	"github.com/sourcegraph/conc/panics"
)

// PanicError is a panic in a release function.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // of the goroutine that panicked, as debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the panic's value where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Handle is a resource that was added to a scope.
type Handle struct {
	scope    *Scope
	resource Resource
	added    time.Time

	// What follows is guarded by the lock of the scope's tree.
	place     *list.Element // in scope.handles; nil when it is registered no more
	leases    int
	idleSince time.Time
	givenUp   bool          // no lease is given any more, and the last one to return releases
	released  chan struct{} // nil until the release begins, closed when it has ended
}

// Lease keeps the resource from going before its scope ends, until Return. There
// may be many at once. It reports false, and gives none, when the resource is
// gone or on its way.
func (h *Handle) Lease() (ok bool) {
	defer h.scope.lock().Unlock()
	if !h.hereLocked() || h.givenUp {
		return false
	}
	h.leases++
	return true
}

// Return ends one lease. The last one releases a resource whose priority is
// Immediate, or that was given up meanwhile, and returns the error of that. It
// panics when there is no lease.
func (h *Handle) Return(ctx context.Context) error {
	if !h.endLease() {
		return nil
	}
	return h.release(ctx)
}

// endLease reports whether it falls to the caller to release.
func (h *Handle) endLease() bool {
	defer h.scope.lock().Unlock()
	if h.leases == 0 {
		panic("cleanup: Handle.Return without Lease")
	}
	h.leases--
	h.idleSince = time.Now()
	return (h.givenUp || h.resource.Priority == Immediate) && h.takeLocked((*Handle).idleLocked)
}

// Release releases the resource now, or with the return of the last lease, whose
// Return has the error then. When it was released or given up before, nothing
// happens, and nil is returned even while that release is under way.
func (h *Handle) Release(ctx context.Context) error {
	if !h.giveUp() {
		return nil
	}
	return h.release(ctx)
}

// giveUp reports whether it falls to the caller to release.
func (h *Handle) giveUp() bool {
	defer h.scope.lock().Unlock()
	h.givenUp = true
	return h.takeLocked((*Handle).idleLocked)
}

// Keep takes the resource off the registry without releasing it: it was
// committed, or handed to someone else, or is to stay. It reports false when that
// is too late.
func (h *Handle) Keep() (ok bool) {
	defer h.scope.lock().Unlock()
	if !h.hereLocked() {
		return false
	}
	h.unlinkLocked()
	return true
}

// take is takeLocked for those who do not have the lock.
func (h *Handle) take(want func(*Handle) bool) bool {
	defer h.scope.lock().Unlock()
	return h.takeLocked(want)
}

// takeLocked makes the caller the one to call release, when the handle is as
// wanted.
func (h *Handle) takeLocked(want func(*Handle) bool) bool {
	if !want(h) {
		return false
	}
	h.released = make(chan struct{})
	return true
}

// release does what the handle was taken for.
func (h *Handle) release(ctx context.Context) (err error) {
	defer h.forget() // deferred: the function may call runtime.Goexit
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.scope.timeout())
	defer cancel()
	if r := panics.Try(func() { err = h.resource.Release(ctx) }); r != nil {
		err = &PanicError{Value: r.Value, Stack: r.Stack}
	}
	if err != nil {
		return fmt.Errorf("release %s: %w", h.resource.name(), err)
	}
	return nil
}

// forget ends the release.
func (h *Handle) forget() {
	defer h.scope.lock().Unlock()
	h.unlinkLocked()
	for s := h.scope; s != nil; s = s.parent {
		s.releases++
	}
	close(h.released)
}

func (h *Handle) unlinkLocked() {
	h.scope.handles.Remove(h.place)
	h.place = nil
}

// hereLocked reports whether it is registered and nobody has taken it.
func (h *Handle) hereLocked() bool { return h.place != nil && h.released == nil }

func (h *Handle) idleLocked() bool { return h.hereLocked() && h.leases == 0 }

// dueLocked reports whether the time of an idle resource is over.
func (h *Handle) dueLocked() bool {
	r := h.resource.Priority.rule()
	return h.idleLocked() && (time.Since(h.added) > r.age || time.Since(h.idleSince) > r.idle)
}
