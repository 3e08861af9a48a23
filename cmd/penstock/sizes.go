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
	rate     bool // a trailing /s is allowed and shown
}

func (f *sizeFlag) String() string {
	if f.bytes == 0 {
		return ""
	}
	return strings.NewReplacer(" ", "", "iB", "").Replace(bytesText(float64(f.bytes)))
}

func (f *sizeFlag) Type() string {
	if f.rate {
		return "RATE"
	}
	return "SIZE"
}

func (f *sizeFlag) Set(s string) error {
	number := s
	if f.rate {
		number = strings.TrimSuffix(s, "/s")
	}
	n, err := parseSize(number)
	switch {
	case err != nil:
		return fmt.Errorf("%w; for example %s", err, f.example)
	case n < f.min || n > f.max:
		return fmt.Errorf("must lie between %s and %s; for example %s",
			bytesText(float64(f.min)), bytesText(float64(f.max)), f.example)
	}
	f.bytes = n
	return nil
}

// countFlag is a flag that takes a whole number between two bounds.
type countFlag struct {
	n        int
	min, max int
	example  string
}

func (f *countFlag) String() string {
	if f.n == 0 {
		return ""
	}
	return strconv.Itoa(f.n)
}

func (f *countFlag) Type() string { return "N" }

func (f *countFlag) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < f.min || n > f.max {
		return fmt.Errorf("must be a whole number between %d and %d; for example %s", f.min, f.max, f.example)
	}
	f.n = n
	return nil
}
