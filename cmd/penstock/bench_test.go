package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
)

// Told to stop, it stops at once and does not wait for its context to end.
func TestBenchStopsWhenTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("a"), 0o600))
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer out.Close()
	std := streams{in: os.Stdin, out: out, err: out}
	con := newConsole(out)
	told := make(chan struct{})
	con.told = told
	cmd := newBench(std, con)
	cmd.SetArgs([]string{"--for", "1h", "--rounds", "1000", "--measure", "read", "--cache", "warm", path})
	time.AfterFunc(300*time.Millisecond, func() { close(told) })
	require.ErrorIs(t, cmd.ExecuteContext(t.Context()), stages.ErrStopped)
}
