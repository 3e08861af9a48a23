// Package cleanup releases what a job has opened: early, where it is idle and
// room is needed, and at the end whatever happens.
//
// The zero [Scope] is a registry, and the root of a tree: job, stream, stage. Add
// to each scope what has to be released when that part of the work ends:
//
//	var job cleanup.Scope
//	defer func() { err = errors.Join(err, job.Close(ctx)) }()
//	…
//	err = job.Do(ctx, func(ctx context.Context, stream *cleanup.Scope) error {
//		f, err := create(name)
//		if err != nil {
//			return err
//		}
//		temporary := stream.Add(cleanup.Resource{Kind: cleanup.File, Release: f.Abort})
//		…
//		if err := f.Commit(ctx); err != nil {
//			return err
//		}
//		temporary.Keep() // it is the file now
//		return nil
//	})
//
// # Scopes
//
// A scope ends, by [Scope.Close] or with [Scope.Do], after the scopes below it;
// then what was added to it is released, last in, first out, each exactly once.
// All of it, also what is still leased: who ends a scope has waited for those
// who use what is in it, and a lease that is out then was lost in a panic.
//
// What is added to a scope below the root after its end belongs to the nearest
// scope above that has not ended. The root never ends for good: Close releases
// what is there, and may be called again.
//
// # Leases
//
// What has no [Priority] is released at the end of its scope and not before.
// What has one may go earlier while it is idle, by [Scope.Sweep] when its time
// is over, by [Scope.Emergency] when memory is short. Whoever uses it takes a
// lease for so long, and must be ready to hear that it is gone:
//
//	if !h.Lease() {
//		return reopen()
//	}
//	defer func() { err = errors.Join(err, h.Return(ctx)) }()
//	return use(directory)
//
// # Caches
//
// A release is final: the resource is registered no more. A cache that goes on
// after it has let go of what it held adds itself again with the next thing that
// it holds, but not in its release function, or the end would have no end.
//
// # Concurrency
//
// Everything may be called from any goroutine, from release functions too, which
// are called without a lock. The one exception is that a release function must
// not close the scope that it was added to, nor one above it: Close waits for
// the releases under way.
//
// The context of a release function is not cancelled with the caller's, whose
// values it has, but only after [Scope].Timeout: cancelling the work is no
// reason to leave it lying about.
//
// # Errors
//
// The errors of release functions are joined, in the order of the releases, and
// returned by the call that released. A panic in one of them is its error, a
// [*PanicError], and the others are released all the same; so they are when one
// calls runtime.Goexit.
package cleanup
