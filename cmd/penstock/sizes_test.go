package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{
		"0":                   0,
		"1":                   1,
		"4096":                4096,
		"1B":                  1,
		"64K":                 64 << 10,
		"64k":                 64 << 10,
		"1M":                  1 << 20,
		"1.5G":                3 << 29,
		"2T":                  2 << 40,
		".5K":                 512,
		"5.K":                 5 << 10,
		"1KiB":                1 << 10,
		"1mib":                1 << 20,
		"1GiB":                1 << 30,
		"1TiB":                1 << 40,
		"1KB":                 1000,
		"10MB":                10_000_000,
		"2.5gb":               2_500_000_000,
		"1TB":                 1_000_000_000_000,
		"0.9":                 0,
		"007":                 7,
		"8191T":               8191 << 40,
		"9007199254740992":    1 << 53,
		"9223372036854774784": 1<<63 - 1024, // the largest that a float64 below the limit holds
	} {
		t.Run(in, func(t *testing.T) {
			got, err := parseSize(in)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestParseSizeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":             "",
		"unit alone":          "K",
		"point alone":         ".",
		"two points":          "1.2.3",
		"sign":                "-1",
		"plus":                "+1",
		"exponent":            "1e3",
		"hex":                 "0x10",
		"infinity":            "inf",
		"not a number":        "nan",
		"underscore":          "1_000",
		"blank before a unit": "1 M",
		"blank in front":      " 1M",
		"blank behind":        "1M ",
		"two units":           "1KM",
		"unknown unit":        "1P",
		"bits":                "1Mbit",
		"rate":                "1M/s",
		"other digits":        "٣M",
		"comma":               "1,5G",
		"too large":           "8388608T",
		"far too large":       "9999999999999999999999999999999999999999",
		"no digits in it":     "M.",
		"newline":             "1M\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseSize(in)
			require.ErrorIs(t, err, errSize)
		})
	}
}

func TestSizeFlagBounds(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		rate bool
		want int64 // 0: refused
	}{
		"below":               {in: "1023"},
		"least":               {in: "1K", want: 1 << 10},
		"above least":         {in: "1025", want: 1<<10 + 1},
		"below most":          {in: "1048575", want: 1<<20 - 1},
		"most":                {in: "1M", want: 1 << 20},
		"above":               {in: "1048577"},
		"size with a rate":    {in: "4K/s"},
		"rate":                {in: "4K/s", rate: true, want: 4 << 10},
		"rate without its /s": {in: "4K", rate: true, want: 4 << 10},
		"rate in minutes":     {in: "4K/m", rate: true},
		"rate twice":          {in: "4K/s/s", rate: true},
		"negative":            {in: "-1"},
		"negative rate":       {in: "-5K/s", rate: true},
		"no size":             {in: "much"},
	} {
		t.Run(name, func(t *testing.T) {
			f := sizeFlag{min: 1 << 10, max: 1 << 20, example: "--size 4K", rate: c.rate}
			err := f.Set(c.in)
			if c.want == 0 {
				require.ErrorContains(t, err, "must lie between 1.00 KiB and 1.00 MiB; for example --size 4K")
				require.Zero(t, f.bytes)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, f.bytes)
		})
	}
}

// TestSizeFlagReadsWhatItShows guards the defaults that help prints.
func TestSizeFlagReadsWhatItShows(t *testing.T) {
	for _, bytes := range []int64{1 << 10, 24 << 20, 48 << 20, 3 << 29, 1 << 40} {
		f := sizeFlag{bytes: bytes, max: 1 << 41}
		shown := f.String()
		require.NoError(t, f.Set(shown), shown)
		require.Equal(t, bytes, f.bytes, shown)
	}
	require.Empty(t, (&sizeFlag{}).String())
	require.Equal(t, "SIZE", (&sizeFlag{}).Type())
	require.Equal(t, "RATE", (&sizeFlag{rate: true}).Type())
}

func TestCountFlag(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want int // 0: refused
	}{
		"below":         {in: "0"},
		"least":         {in: "1", want: 1},
		"some":          {in: "17", want: 17},
		"most":          {in: "1024", want: 1024},
		"above":         {in: "1025"},
		"negative":      {in: "-1"},
		"fraction":      {in: "1.5"},
		"word":          {in: "all"},
		"nothing":       {in: ""},
		"blank":         {in: " 1"},
		"beyond an int": {in: "99999999999999999999"},
	} {
		t.Run(name, func(t *testing.T) {
			f := countFlag{min: 1, max: 1024, example: "-j 4"}
			err := f.Set(c.in)
			if c.want == 0 {
				require.ErrorContains(t, err, "between 1 and 1024; for example -j 4")
				require.Empty(t, f.String())
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, f.n)
			require.Equal(t, c.in, f.String())
		})
	}
}
