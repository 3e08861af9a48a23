package retry

import (
	"io/fs"
	"syscall"
)

// everywhere holds the errors that have one name on all systems. Windows only
// made these numbers up, for Go; what it really returns is in native.
//
// Not here, and so permanent, though one might expect them: EFBIG, which no room
// would help and which concerns one file, so that it is not Full; ENOTCONN, which
// a dead FUSE server answers until it is mounted again; EINVAL, EXDEV,
// ENAMETOOLONG and their like, which the next attempt would only repeat.
var everywhere = map[Class][]error{
	Full:       {syscall.ENOSPC, syscall.EDQUOT},
	Permission: {fs.ErrPermission, syscall.EROFS}, // ErrPermission is EACCES and EPERM
	Gone:       {fs.ErrNotExist, syscall.ENXIO, syscall.ENODEV},
	Memory:     {syscall.ENOMEM, syscall.ENOBUFS},
	FileSystem: {
		syscall.EIO, syscall.EAGAIN, syscall.EBUSY, syscall.EINTR,
		syscall.EMFILE, syscall.ENFILE, // other streams will close theirs
		syscall.ESTALE, syscall.ENOLCK, // NFS: opening it anew helps
	},
	Network: {
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.ECONNREFUSED, syscall.EPIPE,
		syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.EHOSTDOWN,
		syscall.ENETUNREACH, syscall.ENETDOWN, syscall.ENETRESET,
	},
}
