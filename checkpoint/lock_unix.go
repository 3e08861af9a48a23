//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

// removeHeld removes the file while it is still locked, so that it is nobody
// else's. Whoever has opened it meanwhile finds out after locking.
func (l *JobLock) removeHeld() error { return removeIfThere(l.dir, l.name) }
