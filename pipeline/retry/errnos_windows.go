package retry

import "golang.org/x/sys/windows"

// native holds what Windows calls the errors of everywhere. fs.ErrPermission and
// fs.ErrNotExist cover ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND,
// ERROR_PATH_NOT_FOUND and ERROR_BAD_NETPATH.
var native = map[Class][]error{
	Full: {
		windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL,
		windows.ERROR_DISK_QUOTA_EXCEEDED, windows.WSAEDQUOT,
	},
	Permission: {windows.ERROR_WRITE_PROTECT, windows.ERROR_PRIVILEGE_NOT_HELD, windows.WSAEACCES},
	Gone: {
		windows.ERROR_BAD_UNIT, windows.ERROR_DEV_NOT_EXIST, windows.ERROR_BAD_NET_NAME,
		windows.ERROR_DELETE_PENDING, windows.ERROR_DEVICE_NOT_CONNECTED, windows.ERROR_DEVICE_REMOVED,
	},
	Memory: {
		windows.ERROR_NOT_ENOUGH_MEMORY, windows.ERROR_OUTOFMEMORY, windows.ERROR_NO_SYSTEM_RESOURCES,
		windows.ERROR_WORKING_SET_QUOTA, windows.ERROR_COMMITMENT_LIMIT, windows.WSAENOBUFS,
	},
	FileSystem: {
		windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_DRIVE_LOCKED,
		windows.ERROR_TOO_MANY_OPEN_FILES, windows.ERROR_BUSY, windows.ERROR_NOT_READY,
		windows.ERROR_CRC, windows.ERROR_READ_FAULT, windows.ERROR_WRITE_FAULT,
		windows.ERROR_GEN_FAILURE, windows.ERROR_IO_DEVICE,
	},
	Network: {
		windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAECONNREFUSED, windows.WSAETIMEDOUT,
		windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN,
		windows.WSAENETUNREACH, windows.WSAENETDOWN, windows.WSAENETRESET,
		// of a share on another machine
		windows.ERROR_NETNAME_DELETED, windows.ERROR_UNEXP_NET_ERR, windows.ERROR_NETWORK_BUSY,
		windows.ERROR_REM_NOT_LIST, windows.ERROR_SEM_TIMEOUT,
		windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_HOST_UNREACHABLE,
		windows.ERROR_CONNECTION_REFUSED, windows.ERROR_CONNECTION_ABORTED,
	},
}
