//go:build unix

package checkpoint_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/checkpointtest"
)

// What a process has left that was killed a moment ago goes at once.
func TestExpireTakesWhatIsAbandoned(t *testing.T) {
	d, dir := openDirectory(t)
	for _, name := range []string{
		fileOf(dir, "stream", ".record.X.tmp"), fileOf(dir, "job", ".journal.X.tmp"), dir + "/.penstock-x-y-z.tmp",
	} {
		require.NoError(t, os.WriteFile(name, nil, 0o600))
	}
	require.NoError(t, checkpoint.NewFileStore(d).Expire(t.Context(), time.Now(), nil))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// What another process is writing at that moment stays.
func TestExpireLeavesWhatIsBeingWritten(t *testing.T) {
	d, _ := openDirectory(t)
	done := make(chan struct{})
	var expiring sync.WaitGroup
	expiring.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				_ = checkpoint.NewFileStore(d).Expire(t.Context(), time.Now(), nil)
			}
		}
	})
	defer expiring.Wait()
	defer close(done)
	store := checkpoint.NewFileStore(d)
	for i := range int64(50) {
		require.NoError(t, store.Save(t.Context(), checkpointtest.Record("stream", i)))
		journal, err := checkpoint.OpenJournal(t.Context(), d, "job")
		require.NoError(t, err)
		require.NoError(t, journal.Close())
		require.NoError(t, checkpoint.RemoveJournal(t.Context(), d, "job"))
	}
}
