//go:build unix

package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/bench/process"
)

// TestMain lets the test program start what is measured, and be it.
func TestMain(m *testing.M) {
	process.Starter()
	if len(os.Args) > 1 && os.Args[1] == "-hold" {
		held := make([]byte, 64<<20)
		for i := 0; i < len(held); i += 4096 {
			held[i] = 1
		}
		fmt.Println(len(held))
		return
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s, err := process.Run(t.Context(), out, "sh", "-c", "sleep 0.1; echo done")
	require.NoError(t, err)
	require.GreaterOrEqual(t, s.Wall, 100*time.Millisecond)
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "done\n", string(text))
}

// The peak is that of the process, whatever its starters hold.
func TestPeakIsOfTheProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is known on Linux only")
	}
	held := make([]byte, 64<<20) // by this one
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	out := filepath.Join(t.TempDir(), "out")
	small, err := process.Run(t.Context(), out, "sh", "-c", ":")
	require.NoError(t, err)
	require.Less(t, small.PeakRSS, int64(48<<20))
	large, err := process.Run(t.Context(), out, os.Args[0], "-hold")
	require.NoError(t, err)
	require.Greater(t, large.PeakRSS, int64(64<<20))
	runtime.KeepAlive(held)
}

func TestRunTellsWhatWentWrong(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	_, err := process.Run(t.Context(), out, "sh", "-c", "echo trouble >&2; exit 3")
	require.ErrorContains(t, err, "trouble")
	_, err = process.Run(t.Context(), out, "no-such-program")
	require.ErrorContains(t, err, "no-such-program")
	_, err = process.Run(t.Context(), filepath.Join(out, "out"), "true")
	require.ErrorContains(t, err, "out")
}
