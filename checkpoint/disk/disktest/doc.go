// Package disktest makes disks go wrong, so that a test can find out what its
// code does about it.
//
// [Failing] wraps any [disk.Directory] and makes the k-th call of it fail:
//
//	for k := 1; ; k++ {
//		failing := &disktest.Failing{At: k, Err: syscall.EIO}
//		err := use(failing.Wrap(d))
//		if !failing.Hit() {
//			break // every call has failed once
//		}
//		// … require that err was returned, and that nothing is lost …
//	}
//
// [Losing] is a directory in memory that keeps apart what was written from what
// was synced. Its Crash gives the directory as a power cut may leave it, another
// for every seed. The two together are a power cut at the k-th call: a Failing
// that is Lasting around a Losing, then Crash.
//
// Neither is a file system to rely on: of a Losing no symbolic link is followed, and
// permissions are kept but not enforced.
package disktest
