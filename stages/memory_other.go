//go:build !unix || race

package stages

// mapMemory is the heap, where nothing else is known, and under the race
// detector, which watches nothing else.
func mapMemory(n int) []byte { return make([]byte, n) }

func unmapMemory([]byte) {}
