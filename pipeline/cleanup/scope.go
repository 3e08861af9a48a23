package cleanup

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// defaultTimeout is how long Docker waits between asking a container to end and
// killing it: what takes longer may not be finished anyway.
const defaultTimeout = 10 * time.Second

// Scope holds what has to be released when a part of the work ends, and the
// scopes of the parts of that part. The zero value is the root of such a tree. A
// Scope must not be copied.
type Scope struct {
	// Timeout is how long the context of one release function lasts. 0 or less
	// means 10 s. Set it before the scope is used; a Child begins with its
	// parent's.
	Timeout time.Duration

	parent *Scope        // nil for the root
	place  *list.Element // in parent.children

	mu sync.Mutex // the root's guards what follows in all scopes and handles of its tree

	children list.List // of *Scope, those that have not ended
	handles  list.List // of *Handle, in the order of their adding
	ended    bool      // never of the root
	releases int64     // that have ended, in scopes below too, ended ones among them
	stray    []error   // of scopes below that had nobody to return them to
}

// Child opens a scope below s. Close it, or leave that to the Close of s.
func (s *Scope) Child() *Scope {
	defer s.lock().Unlock()
	s = s.aliveLocked()
	child := &Scope{Timeout: s.Timeout, parent: s}
	child.place = s.children.PushBack(child)
	return child
}

// Add registers r. From then on it is released when the scope ends, or earlier
// as its priority says. It panics when r has no Release.
func (s *Scope) Add(r Resource) *Handle {
	if r.Release == nil {
		panic("cleanup: Resource without Release")
	}
	now := time.Now()
	defer s.lock().Unlock()
	s = s.aliveLocked()
	h := &Handle{scope: s, resource: r, added: now, idleSince: now}
	h.place = s.handles.PushBack(h)
	return h
}

// Do calls f with a scope below s, and with a context that ends when f has. Then
// it closes that scope and returns the error of f, joined with those of the
// releases.
//
// It does so too when f panics or calls runtime.Goexit, and lets that go on: it
// is not recovered, so that neither its value nor its stack is lost, and turning
// it into an error is the business of whoever started the goroutine. The errors
// of the releases are returned by the Close of s then.
func (s *Scope) Do(ctx context.Context, f func(ctx context.Context, child *Scope) error) (err error) {
	child := s.Child()
	ctx, cancel := context.WithCancel(ctx)
	returned := false
	defer func() {
		cancel()
		failed := child.Close(ctx)
		switch {
		case !returned:
			s.strayed(failed)
		case failed != nil:
			err = errors.Join(err, failed)
		}
	}()
	err = f(ctx, child)
	returned = true
	return err
}

// Close ends the scopes below s, the last one first, then releases what is in s,
// the last one first, leased or not, and waits for the releases under way
// elsewhere. It does all of this also when ctx is done.
func (s *Scope) Close(ctx context.Context) error {
	var errs []error
	ended := false
	defer func() {
		if !ended { // a release function has called runtime.Goexit: go on with the rest
			s.strayed(errors.Join(append(errs, s.Close(ctx))...))
		}
	}()
	for {
		child, h, taken := s.last()
		switch {
		case child != nil:
			errs = append(errs, child.Close(ctx))
		case taken:
			errs = append(errs, h.release(ctx))
		case h != nil:
			<-h.released // whoever releases it has the error; the function has its own timeout
		default:
			ended = true
			return errors.Join(append(s.takeStray(), errs...)...)
		}
	}
}

// last is what has to go next, taken where nobody has yet. When nothing is left
// the scope has ended.
func (s *Scope) last() (child *Scope, h *Handle, taken bool) {
	defer s.lock().Unlock()
	if last := s.children.Back(); last != nil {
		return last.Value.(*Scope), nil, false
	}
	if last := s.handles.Back(); last != nil {
		h = last.Value.(*Handle)
		return nil, h, h.takeLocked((*Handle).hereLocked)
	}
	if s.parent != nil && !s.ended {
		s.ended = true
		s.parent.children.Remove(s.place)
	}
	return nil, nil, false
}

// strayed keeps an error that cannot be returned, since its goroutine is being
// unwound, for a Close that can.
func (s *Scope) strayed(err error) {
	if err == nil {
		return
	}
	defer s.lock().Unlock()
	s = s.aliveLocked()
	s.stray = append(s.stray, err)
}

func (s *Scope) takeStray() []error {
	defer s.lock().Unlock()
	errs := s.stray
	s.stray = nil
	return errs
}

// aliveLocked is the nearest scope from s upward that has not ended.
func (s *Scope) aliveLocked() *Scope {
	for s.ended {
		s = s.parent
	}
	return s
}

// lock locks the tree.
func (s *Scope) lock() *sync.Mutex {
	for s.parent != nil {
		s = s.parent
	}
	s.mu.Lock()
	return &s.mu
}

func (s *Scope) timeout() time.Duration {
	if s.Timeout <= 0 {
		return defaultTimeout
	}
	return s.Timeout
}
