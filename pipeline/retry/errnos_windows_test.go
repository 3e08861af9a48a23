package retry_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"

	"github.com/penstock-go/penstock/pipeline/retry"
)

// nativeErrnos are those that Windows returns; one of a kind is enough where the
// table only lists more of it.
var nativeErrnos = map[syscall.Errno]retry.Class{
	windows.ERROR_DISK_FULL:           retry.Full,
	windows.ERROR_HANDLE_DISK_FULL:    retry.Full,
	windows.ERROR_DISK_QUOTA_EXCEEDED: retry.Full,
	windows.ERROR_ACCESS_DENIED:       retry.Permission,
	windows.ERROR_WRITE_PROTECT:       retry.Permission,
	windows.ERROR_FILE_NOT_FOUND:      retry.Gone,
	windows.ERROR_PATH_NOT_FOUND:      retry.Gone,
	windows.ERROR_BAD_NETPATH:         retry.Gone,
	windows.ERROR_DEV_NOT_EXIST:       retry.Gone,
	windows.ERROR_NOT_ENOUGH_MEMORY:   retry.Memory,
	windows.WSAENOBUFS:                retry.Memory,
	windows.ERROR_SHARING_VIOLATION:   retry.FileSystem,
	windows.ERROR_IO_DEVICE:           retry.FileSystem,
	windows.ERROR_NETNAME_DELETED:     retry.Network,
	windows.WSAECONNRESET:             retry.Network,
	windows.WSAECONNREFUSED:           retry.Network,
}

func TestClassifyNativeNumbers(t *testing.T) {
	for errno, class := range nativeErrnos {
		require.Equal(t, class, retry.Classify(os.NewSyscallError("call", errno)), "%d: %v", errno, errno)
	}
}
