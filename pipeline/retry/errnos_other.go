//go:build !windows

package retry

// native is empty where the system's numbers are those of everywhere.
var native map[Class][]error
