package pressure

import (
	"fmt"
	"time"
)

// MemoryLevel is how short memory is. Levels are ordered: a higher one is worse.
type MemoryLevel int8

// The memory levels; where each begins is a matter of [Thresholds].
const (
	MemoryNormal MemoryLevel = iota
	MemoryWarning
	MemoryCritical
	MemoryEmergency
)

// String is the level's name as users see it: normal, warning, …
func (l MemoryLevel) String() string {
	switch l {
	case MemoryNormal:
		return "normal"
	case MemoryWarning:
		return "warning"
	case MemoryCritical:
		return "critical"
	case MemoryEmergency:
		return "emergency"
	}
	return fmt.Sprintf("MemoryLevel(%d)", int8(l))
}

// Adjusted is what a memory level leaves of a chunk size, of the streams and of
// the reading speed.
type Adjusted struct {
	MaxChunk   int           // bytes, a multiple of 4 KiB
	MaxStreams int           // streams at once
	ReadDelay  time.Duration // before each read
}

// grid is what chunk sizes are multiples of.
const grid = 4 << 10

// AdjustedLimits is what the level leaves of chunks of this many bytes. Each
// share has a floor, below which smaller chunks save no memory worth having:
// MaxChunk may therefore be more than a small chunk, and never makes one larger.
func (l MemoryLevel) AdjustedLimits(chunk int) Adjusted {
	share := func(of float64, floor int) int { return max(floor, int(float64(chunk)*of)&^(grid-1)) }
	switch l {
	case MemoryNormal:
		return Adjusted{share(1, grid), 10, 0}
	case MemoryWarning:
		return Adjusted{share(0.75, 16<<10), 5, 50 * time.Millisecond}
	case MemoryCritical:
		return Adjusted{share(0.5, 8<<10), 2, 100 * time.Millisecond}
	case MemoryEmergency:
	}
	return Adjusted{share(0.25, grid), 1, 200 * time.Millisecond}
}
