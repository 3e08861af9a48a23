package bench

import "errors"

// ErrCached is what errors.Is finds in the error of [Evict] where the system, or the
// file system, does not let go of what it has in its cache.
var ErrCached = errors.New("bench: pages of it stay in the cache")
