package batch_test

import (
	"fmt"
	"math"
	"os"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// trap makes one system call of this process go wrong. The kernel asks it about each
// call on files that is made on any thread (seccomp with a listener), so that nothing
// of the code has to know of it.
//
// There is no way to take a trap away again: it belongs in a process of its own.
type trap struct {
	listener int

	mu    sync.Mutex // guards what follows
	armed bool
	fault fault
	at    int // which call, counted from 1 since it was armed
	calls []string
}

// fault is what a call returns: an error, or of what it reads or writes only a half.
type fault struct {
	unix.Errno
	short bool
}

func (f fault) String() string {
	if f.short {
		return "half of it"
	}
	return f.Error()
}

// trapped are the calls that the kernel asks about: all that the byte path, the walk,
// the records and the journal make on files.
var trapped = map[int32]string{
	unix.SYS_OPENAT: "openat", unix.SYS_OPENAT2: "openat2", unix.SYS_CLOSE: "close",
	unix.SYS_FSTAT: "fstat", unix.SYS_NEWFSTATAT: "newfstatat", unix.SYS_FSTATFS: "fstatfs",
	unix.SYS_GETDENTS64: "getdents64", unix.SYS_READLINKAT: "readlinkat", unix.SYS_LSEEK: "lseek",
	unix.SYS_FLISTXATTR: "flistxattr", unix.SYS_FGETXATTR: "fgetxattr", unix.SYS_FSETXATTR: "fsetxattr",
	unix.SYS_PREAD64: "pread64", unix.SYS_PWRITE64: "pwrite64", unix.SYS_FTRUNCATE: "ftruncate",
	unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHOWN: "fchown", unix.SYS_UTIMENSAT: "utimensat",
	unix.SYS_FCHOWNAT: "fchownat", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_UNLINKAT: "unlinkat",
	unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_LINKAT: "linkat",
	unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_FSYNC: "fsync", unix.SYS_SYNCFS: "syncfs", unix.SYS_FADVISE64: "fadvise64", unix.SYS_CACHESTAT: "cachestat",
}

// What golang.org/x/sys does not have: seccomp_data, seccomp_notif and
// seccomp_notif_resp of linux/seccomp.h.
type (
	seccompData struct {
		number  int32
		machine uint32
		at      uint64
		args    [6]uint64
	}
	seccompNotif struct {
		id    uint64
		pid   uint32
		flags uint32
		data  seccompData
	}
	seccompAnswer struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

// newTrap is set for the whole process. The error says that the kernel has no such
// thing, or does not let us.
func newTrap() (*trap, error) {
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // the number, at 0
	for number := range trapped {
		program = append(program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(number), Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("set no_new_privs: %w", err)
	}
	const everyThread = unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	listener, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		everyThread|unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return nil, fmt.Errorf("set seccomp filter: %w", errno)
	}
	t := &trap{listener: int(listener)}
	go t.listen()
	return t, nil
}

// listen answers the kernel for as long as the process lives.
func (t *trap) listen() {
	for {
		var asked seccompNotif
		if t.control(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&asked)) != 0 {
			continue // interrupted, or whoever made the call was
		}
		answer := t.answer(&asked.data)
		answer.id = asked.id
		_ = t.control(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer))
	}
}

func (t *trap) control(request uintptr, p unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(t.listener), request, uintptr(p))
	return errno
}

var goOn = seccompAnswer{flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}

func (t *trap) answer(call *seccompData) seccompAnswer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.armed {
		return goOn
	}
	name := trapped[call.number]
	if t.calls = append(t.calls, name); len(t.calls) != t.at {
		return goOn
	}
	switch {
	case t.fault.short:
		n, ok := half(call)
		if !ok {
			return goOn
		}
		return seccompAnswer{value: int64(n)}
	case call.number == unix.SYS_CLOSE: // which closes, whatever it returns
		_ = unix.CloseRange(uint(call.args[0]), uint(call.args[0]), 0)
	}
	return seccompAnswer{errno: -int32(t.fault.Errno)}
}

// half reads or writes the first half of what the call was to, by calls that are not
// trapped.
func half(call *seccompData) (n int, ok bool) {
	fd, size, offset := int(call.args[0]), call.args[2]/2, int64(call.args[3])
	if size == 0 || size > math.MaxInt32 {
		return 0, false
	}
	buffer := make([]byte, size)
	here := []unix.Iovec{{Base: &buffer[0], Len: size}}
	var err error
	switch call.number {
	case unix.SYS_PREAD64:
		if n, err = unix.Preadv(fd, [][]byte{buffer}, offset); err != nil || n == 0 {
			return 0, false
		}
		here[0].Len = uint64(n)
		there := []unix.RemoteIovec{{Base: uintptr(call.args[1]), Len: n}}
		_, err = unix.ProcessVMWritev(os.Getpid(), here, there, 0)
	case unix.SYS_PWRITE64:
		there := []unix.RemoteIovec{{Base: uintptr(call.args[1]), Len: int(size)}}
		if _, err = unix.ProcessVMReadv(os.Getpid(), here, there, 0); err == nil {
			n, err = unix.Pwritev(fd, [][]byte{buffer}, offset)
		}
	default:
		return 0, false
	}
	return n, err == nil
}

// during calls do with the k-th call going wrong, and returns the names of all.
func (t *trap) during(k int, f fault, do func()) (calls []string) {
	t.set(true, k, f)
	do()
	t.mu.Lock()
	calls = t.calls
	t.mu.Unlock()
	t.set(false, 0, fault{})
	return calls
}

func (t *trap) set(armed bool, at int, f fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed, t.at, t.fault, t.calls = armed, at, f, nil
}

// The trap itself: what is to go wrong does, and nothing else.
func testTrap(t *testing.T, trap *trap) {
	t.Helper()
	f, err := os.CreateTemp(quickDir(t), "")
	require.NoError(t, err)
	defer f.Close()
	content := pattern(1000)
	_, err = f.WriteAt(content, 0)
	require.NoError(t, err)
	for _, fault := range []fault{{Errno: unix.EIO}, {Errno: unix.ESTALE}} {
		var failed []error
		calls := trap.during(2, fault, func() {
			for range 3 {
				_, err := f.ReadAt(make([]byte, 10), 0)
				failed = append(failed, err)
			}
		})
		require.Equal(t, []string{"pread64", "pread64", "pread64"}, calls)
		require.NoError(t, failed[0])
		require.ErrorIs(t, failed[1], fault.Errno)
		require.NoError(t, failed[2])
	}
	got := make([]byte, 1000)
	calls := trap.during(1, fault{short: true}, func() { _, err = f.ReadAt(got, 0) })
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.Equal(t, []string{"pread64", "pread64"}, calls)
	calls = trap.during(1, fault{short: true}, func() { _, err = f.WriteAt(content, 500) })
	require.NoError(t, err)
	require.Equal(t, []string{"pwrite64", "pwrite64"}, calls)
	got = make([]byte, 1500)
	_, err = f.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, string(content[:500])+string(content), string(got))
}
