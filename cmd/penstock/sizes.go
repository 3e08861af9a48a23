package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units are the suffixes of a size, longest first. One letter is a power of
// 1024, a letter and B is a power of 1000.
var units = []struct {
	suffix string
	bytes  float64
}{
	{"KIB", 1 << 10},
	{"MIB", 1 << 20},
	{"GIB", 1 << 30},
	{"TIB", 1 << 40},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"K", 1 << 10},
	{"M", 1 << 20},
	{"G", 1 << 30},
	{"T", 1 << 40},
	{"B", 1},
}

var errSize = errors.New("not a size: a number with K, M, G or T (powers of 1024) or KB, MB, GB, TB (powers of 1000)")

// parseSize reads a size in bytes: 4096, 64K, 1.5G, 10MB.
func parseSize(s string) (int64, error) {
	number, scale := strings.ToUpper(s), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, scale = rest, u.bytes
			break
		}
	}
	// ParseFloat would take 0x10, 1e3, inf and nan as well.
	if number == "" || strings.Trim(number, "0123456789.") != "" {
		return 0, errSize
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f*scale >= math.MaxInt64 {
		return 0, errSize
	}
	return int64(f * scale), nil
}

// sizeFlag is a flag that takes a size between two bounds, or none at all.
type sizeFlag struct {
	bytes    int64
	min, max int64
	example  string
	rate     bool  // a trailing /s is allowed and shown
	auto     bool  // the word auto is allowed, for zero
	grid     int64 // what it must be a multiple of; zero means of anything
}

func (f *sizeFlag) String() string {
	if f.bytes == 0 {
		return unset(f.auto)
	}
	return strings.NewReplacer(" ", "", "iB", "").Replace(bytesText(float64(f.bytes)))
}

func (f *sizeFlag) Type() string {
	switch {
	case f.rate:
		return "RATE"
	case f.auto:
		return "auto|SIZE"
	default:
		return "SIZE"
	}
}

func (f *sizeFlag) Set(s string) error {
	if f.auto && s == automatic {
		f.bytes = 0
		return nil
	}
	number := s
	if f.rate {
		number = strings.TrimSuffix(s, "/s")
	}
	n, err := parseSize(number)
	switch {
	case err != nil:
		return fmt.Errorf("%w; it %s", err, f.bounds())
	case n < f.min || n > f.max:
		return errors.New(f.bounds())
	}
	if f.grid > 0 && n%f.grid != 0 {
		return fmt.Errorf("must %sbe a multiple of %s; for example %s", orAuto(f.auto), bytesText(float64(f.grid)), f.example)
	}
	f.bytes = n
	return nil
}

// bounds say what a size must be.
func (f *sizeFlag) bounds() string {
	return fmt.Sprintf("must %slie between %s and %s; for example %s",
		orAuto(f.auto), bytesText(float64(f.min)), bytesText(float64(f.max)), f.example)
}

// automatic is the word for a number that is found while running.
const automatic = "auto"

// orAuto is that word where it may be given, in what a number must be.
func orAuto(allowed bool) string {
	if allowed {
		return "be " + automatic + " or "
	}
	return ""
}

// unset is how a flag without a number shows.
func unset(auto bool) string {
	if auto {
		return automatic
	}
	return ""
}

// countFlag is a flag that takes a whole number between two bounds.
type countFlag struct {
	n        int
	min, max int
	example  string
	auto     bool // the word auto is allowed, for zero
}

func (f *countFlag) String() string {
	if f.n == 0 {
		return unset(f.auto)
	}
	return strconv.Itoa(f.n)
}

func (f *countFlag) Type() string {
	if f.auto {
		return "auto|N"
	}
	return "N"
}

func (f *countFlag) Set(s string) error {
	if f.auto && s == automatic {
		f.n = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < f.min || n > f.max {
		return fmt.Errorf("must %sbe a whole number between %d and %d; for example %s", orAuto(f.auto), f.min, f.max, f.example)
	}
	f.n = n
	return nil
}

func (f *sizeFlag) suggestions() []string  { return suggested(f.auto, f.example) }
func (f *countFlag) suggestions() []string { return suggested(f.auto, f.example) }

// suggested are what a shell may complete a number with: the word for it, and that of
// the example.
func suggested(auto bool, example string) []string {
	_, value, _ := strings.Cut(example, " ")
	if auto {
		return []string{automatic, value}
	}
	return []string{value}
}
