package cleanup

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"
)

// Resource is something that has to be released.
type Resource struct {
	// Name stands in the error when releasing fails, after the word "release".
	// Empty means the name of the kind.
	Name string
	Kind Kind
	// Priority says what may become of it before its scope ends. The zero
	// Priority is AtEnd, nothing: a forgotten field must not close a file that
	// is in use.
	Priority Priority
	// Release is called once, and not at all after [Handle.Keep]. Required.
	Release func(ctx context.Context) error
	// Size is about how many bytes of memory releasing it would free, for
	// [Stats]. It is called from any goroutine, and may be once more after the
	// release. nil means 0.
	Size func() int64
}

func (r Resource) name() string { return cmp.Or(r.Name, r.Kind.String()) }

func (r Resource) size() int64 {
	if r.Size == nil {
		return 0
	}
	return r.Size()
}

// Kind is what a resource is, for [Stats]; all kinds are treated alike.
type Kind uint8

// The kinds.
const (
	Stream Kind = iota
	Buffer
	File
	Listener
)

// String is the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Stream:
		return "stream"
	case Buffer:
		return "buffer"
	case File:
		return "file"
	case Listener:
		return "listener"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Priority is how soon a resource may go that nobody leases. What is none of
// those below is as AtEnd.
type Priority uint8

// The priorities, with the specification's times. A resource is due when it is
// idle and has been registered for longer than its age, or idle for longer than
// its limit: since the last Return, or since Add where there was none.
const (
	AtEnd     Priority = iota // never before its scope ends
	Immediate                 // with the return of the last lease; due at once where there was none
	High                      // age 1 min
	Normal                    // age 5 min
	Low                       // age 10 min, idle 60 s
	Deferred                  // age 30 min, idle 30 s
)

// never is a time that is over for nothing.
const never time.Duration = math.MaxInt64

// rule is the longest age and the longest idleness of what nobody leases.
type rule struct {
	name      string
	age, idle time.Duration
}

var rules = [...]rule{
	AtEnd:     {"at end", never, never},
	Immediate: {"immediate", 0, never},
	High:      {"high", time.Minute, never},
	Normal:    {"normal", 5 * time.Minute, never},
	Low:       {"low", 10 * time.Minute, time.Minute},
	Deferred:  {"deferred", 30 * time.Minute, 30 * time.Second},
}

func (p Priority) rule() rule {
	if int(p) < len(rules) {
		return rules[p]
	}
	return rule{fmt.Sprintf("Priority(%d)", uint8(p)), never, never}
}

// String is the priority in lower case.
func (p Priority) String() string { return p.rule().name }
