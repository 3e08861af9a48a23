//go:build unix && !race

package stages

import "golang.org/x/sys/unix"

// mapMemory returns n bytes of zeros from the system. When it has none to map,
// the heap has to do: either succeeds or the process ends for want of memory.
func mapMemory(n int) []byte {
	mem, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, n)
	}
	return mem
}

// unmapMemory is also given memory of the heap, which Munmap does not know and
// refuses.
func unmapMemory(mem []byte) { _ = unix.Munmap(mem) }
