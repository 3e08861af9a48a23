package sizing

// The bounds that no size leaves.
const (
	// Grid is what every size is a multiple of: the page, and the block of
	// nearly every file system.
	Grid = 4 << 10
	// Min is the smallest size.
	Min = 4 << 10
	// Max is the largest size. It is what a stream may hold at once in one
	// piece, so it is also what the memory ceiling is planned with.
	Max = 1 << 20
	// Default is the size at which a stream of unknown length begins.
	Default = 64 << 10
)

// Class is the size at which a file of fileSize bytes begins: 32 KiB below
// 1 MiB, 64 KiB below 10 MiB, 128 KiB below 100 MiB, 256 KiB from there on. A
// negative fileSize means that the length is not known, as of a pipe, and gives
// [Default].
func Class(fileSize int64) int {
	switch {
	case fileSize < 0:
		return Default
	case fileSize < 1<<20:
		return 32 << 10
	case fileSize < 10<<20:
		return 64 << 10
	case fileSize < 100<<20:
		return 128 << 10
	default:
		return 256 << 10
	}
}

// memoryFactor is what a size is multiplied by at this memory usage, a
// fraction. What is not a usage at all (NaN, negative) changes nothing: not
// knowing is no reason to shrink, nor to grow.
func memoryFactor(usage float64) float64 {
	switch {
	case usage < 0:
		return 1
	case usage > 0.80:
		return 0.5
	case usage > 0.60:
		return 0.75
	case usage < 0.40:
		return 1.25
	default: // NaN too, which no comparison above holds for
		return 1
	}
}

// bounds are the limits of one Sizer, inside [Min] and [Max] and on the grid.
type bounds struct{ low, high int }

// fit brings size × factor onto the grid and then inside the bounds. It rounds
// down, so that a size told to shrink never grows by rounding.
func (b bounds) fit(size int, factor float64) int {
	n := int(float64(size)*factor) &^ (Grid - 1)
	return min(max(n, b.low), b.high)
}
