//go:build !unix

package process

import "time"

// CPUTime is unknown.
func CPUTime() time.Duration { return 0 }
