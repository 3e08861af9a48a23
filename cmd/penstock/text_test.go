package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBytesTextHasThreeDigits(t *testing.T) {
	const (
		ki = 1 << 10
		mi = 1 << 20
	)
	for _, c := range []struct {
		bytes float64
		want  string
	}{
		{0, "0 B"},
		{0.4, "0 B"},
		{1, "1 B"},
		{999, "999 B"},
		{1023, "1023 B"},
		{1023.9, "1.00 KiB"}, // of a rate; there is no 1024 B
		{ki, "1.00 KiB"},
		{ki + 1, "1.00 KiB"},
		{1.5 * ki, "1.50 KiB"},
		{9.994 * ki, "9.99 KiB"},
		{9.995 * ki, "10.0 KiB"},
		{99.94 * ki, "99.9 KiB"},
		{99.95 * ki, "100 KiB"},
		{1023.4 * ki, "1023 KiB"},
		{1023.5 * ki, "1.00 MiB"},
		{mi - 1, "1.00 MiB"},
		{mi, "1.00 MiB"},
		{3 * mi * ki, "3.00 GiB"},
		{mi * mi, "1.00 TiB"},
		{mi * mi * ki, "1.00 PiB"},
		{mi * mi * mi, "1.00 EiB"},
		{1 << 63, "8.00 EiB"},
		{1e25, "8673617 EiB"},
	} {
		require.Equal(t, c.want, bytesText(c.bytes), "%v", c.bytes)
	}
}

func TestPlural(t *testing.T) {
	require.Equal(t, "0 files", plural(0, "file"))
	require.Equal(t, "1 file", plural(1, "file"))
	require.Equal(t, "2 files", plural(2, "file"))
}

func TestClock(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{499 * time.Millisecond, "0s"},
		{500 * time.Millisecond, "1s"},
		{59*time.Second + 499*time.Millisecond, "59s"},
		{59*time.Second + 500*time.Millisecond, "1m00s"},
		{time.Minute, "1m00s"},
		{185 * time.Second, "3m05s"},
		{time.Hour - time.Second, "59m59s"},
		{time.Hour, "1h00m"},
		{2*time.Hour + 7*time.Minute + 59*time.Second, "2h07m"},
		{day - time.Second, "23h59m"},
		{day, "1d00h"},
		{3*day + 4*time.Hour, "3d04h"},
		{1000*day - time.Second, "999d23h"},
		{1000 * day, "years"},
		{1<<63 - 1, "years"},
	} {
		require.Equal(t, c.want, clock(c.d), "%v", c.d)
	}
}
