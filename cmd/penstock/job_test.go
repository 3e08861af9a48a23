package main

import (
	"bytes"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pressure"
)

func newTestJob(t *testing.T) *job {
	t.Helper()
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	return newJob(streams{}, &console{out: &bytes.Buffer{}})
}

func TestMemoryFlagSetsTheRuntimesLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	j := newTestJob(t)
	require.NoError(t, j.memory.Set("64M"))
	_, _, err := j.start()
	require.NoError(t, err)
	limit := debug.SetMemoryLimit(-1)
	require.Less(t, limit, int64(64<<20), "the collector has to work before the ceiling is reached")
	require.Greater(t, limit, int64(32<<20))
}

func TestMemoryLimitOfTheUserStays(t *testing.T) {
	j := newTestJob(t)
	const users = 123 << 20
	debug.SetMemoryLimit(users) // as the runtime has done with GOMEMLIMIT at its start
	t.Setenv("GOMEMLIMIT", "123MiB")
	require.NoError(t, j.memory.Set("64M"))
	_, _, err := j.start()
	require.NoError(t, err)
	require.Equal(t, int64(users), debug.SetMemoryLimit(-1))
}

func TestACeilingThatCannotBeHeldInWords(t *testing.T) {
	const rest = "; it goes on with one file at a time, in the smallest pieces "
	process := pressure.Reading{Source: pressure.SourceProcess, Used: 30 << 20, Limit: 32 << 20}
	heap := pressure.Reading{Source: pressure.SourceHeap, Used: 22 << 20, Limit: 24<<20 + 512<<10}
	t.Setenv("GOMEMLIMIT", "")
	require.Equal(t, "--memory 32M cannot be held: the program itself takes 30.0 MiB"+rest+"(--memory 101M would be enough)", overrunText(32<<20, process))
	require.Equal(t, "--memory 32.5M cannot be held: the program itself takes 22.0 MiB"+rest+"(--memory 101M would be enough)", overrunText(32<<20+512<<10, heap))
	t.Setenv("GOMEMLIMIT", "25690112")
	require.Equal(t, "--memory 32M cannot be held: the program itself takes 30.0 MiB"+rest+"(--memory 101M would be enough)", overrunText(32<<20, process))
	require.Equal(t, "GOMEMLIMIT=24.5MiB cannot be held: the program itself takes 22.0 MiB"+rest+"(GOMEMLIMIT=74MiB would be enough)", overrunText(32<<20, heap))
}

func TestStreamsAndRateAreThoseOfTheFlags(t *testing.T) {
	j := newTestJob(t)
	h, _, err := j.start()
	require.NoError(t, err)
	require.Zero(t, h.Control.Streams(), "as many as are fastest")
	require.Zero(t, h.Control.Limiter().Stats().Set)
	require.NoError(t, j.streams.Set("17"))
	require.NoError(t, j.rate.Set("20M/s"))
	require.NoError(t, j.operations.Set("30"))
	h, _, err = j.start()
	require.NoError(t, err)
	require.Equal(t, 17, h.Control.Streams())
	require.Equal(t, 17, h.Control.Limits().MaxStreams, "no level holds back what was asked for while nothing is wrong")
	require.Equal(t, pressure.Rates{Bytes: 20 << 20, Operations: 30}, h.Control.Limiter().Stats().Set)
}

func TestProgressIsShownToWhomItIsFor(t *testing.T) {
	for name, c := range map[string]struct {
		flag     string
		terminal bool
		term     string
		want     bool
	}{
		"auto, terminal":      {"auto", true, "xterm", true},
		"auto, dumb terminal": {"auto", true, "dumb", false},
		"auto, file":          {"auto", false, "xterm", false},
		"always, file":        {"always", false, "dumb", true},
		"never, terminal":     {"never", true, "xterm", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", c.term)
			j := newTestJob(t)
			if c.terminal {
				j.con = newScreen(80).console()
			}
			require.NoError(t, j.progress.Set(c.flag))
			_, p, err := j.start()
			require.NoError(t, err)
			require.Equal(t, c.want, p.show)
		})
	}
}
