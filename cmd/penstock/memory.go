//go:build !race

package main

// defaultMemory is the ceiling where nobody says, bytes.
const defaultMemory = 48 << 20
