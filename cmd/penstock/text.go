package main

import (
	"fmt"
	"time"
)

// bytesText writes a number of bytes in powers of 1024 with three digits.
func bytesText(n float64) string {
	const prefixes = "KMGTPE"
	if n < 1023.5 {
		return fmt.Sprintf("%.0f B", n)
	}
	i := -1
	for n >= 1023.5 && i < len(prefixes)-1 {
		n /= 1024
		i++
	}
	digits := 2
	if n >= 9.995 {
		digits = 1
	}
	if n >= 99.95 {
		digits = 0
	}
	return fmt.Sprintf("%.*f %ciB", digits, n, prefixes[i])
}

// plural writes a number of things: 1 file, 2 files.
func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clock writes a duration as a person reads it: 42s, 3m05s, 2h07m, 3d04h.
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 24*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	case s < 1000*24*3600:
		return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
	default:
		return "years"
	}
}
