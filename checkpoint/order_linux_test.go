package checkpoint_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// Killed at any call, or out of power at any call, the copier goes on when it is
// run again and ends with the source's bytes, having gone on where it was and not
// begun anew once the copy was complete.
func TestOrderSurvivesEveryCrash(t *testing.T) {
	resumed, published := map[int64]int{}, 0
	for k := 1; ; k++ {
		failing := &disktest.Failing{At: k, Err: errors.New("killed"), Extent: disktest.Whole, Lasting: true}
		m := newMachine(t)
		c := m.process(failing)
		err := c.run(t.Context())
		require.Equal(t, failing.Hit(), err != nil)
		for seed := range uint64(25) {
			where := fmt.Sprintf("power cut at call %d, seed %d", k, seed)
			after := m.powerCut(seed)
			after.checkWhole(t, err == nil, where)
			next := after.goesOn(t, c, where)
			resumed[next.resumed]++
			if next.published {
				published++
			}
		}
		m.goesOn(t, c, fmt.Sprintf("killed at call %d", k))
		if !failing.Hit() {
			require.Greater(t, k, 60)
			break
		}
	}
	for _, offset := range []int64{3 * chunkSize, 6 * chunkSize, 9 * chunkSize} {
		require.Greater(t, resumed[offset], 40, "it went on at %d, and not from 0", offset)
	}
	require.Greater(t, published, 40)
}

// goesOn runs the copier after c, and wants it to begin where c was safe.
func (m *machine) goesOn(t *testing.T, c *copier, where string) *copier {
	t.Helper()
	next := m.finish(t, where)
	switch c.saved {
	case checkpoint.Copying:
		require.True(t, next.published || next.resumed >= c.safe, "%s: from %d, and %d was safe", where, next.resumed, c.safe)
	case checkpoint.Synced, checkpoint.Renamed:
		require.LessOrEqual(t, m.temps, 1, "%s: a new copy was begun", where)
	case checkpoint.Done: // and the record perhaps deleted
	}
	return next
}

// meddle does what somebody may do to a temporary file between two runs.
func (m *machine) meddle(t *testing.T, random *rand.Rand) {
	t.Helper()
	r, err := checkpoint.NewFileStore(m.state).Load(t.Context(), "stream")
	if err != nil {
		return
	}
	f, err := m.dest.OpenFile(r.Temp.Path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	if random.IntN(2) == 0 {
		require.NoError(t, m.dest.Remove(r.Temp.Path))
	} else {
		require.NoError(t, f.Truncate(r.Offset/2))
	}
	require.NoError(t, f.Close())
	require.NoError(t, disk.SyncNames(m.dest))
}

// Crash after crash, each at a random call and some of them power cuts, with the
// source changing and the temporary file going now and then: what is done at last
// is the last source.
func TestOrderSurvivesManyCrashes(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 3))
		m := newMachine(t)
		for crash := range 8 {
			where := fmt.Sprintf("seed %d, crash %d", seed, crash)
			if random.IntN(6) == 0 {
				m.source[random.IntN(len(m.source))] ^= 0x80
				m.identity.ChangeTime++
			}
			if random.IntN(4) == 0 {
				m.meddle(t, random)
			}
			failing := &disktest.Failing{
				At: 1 + random.IntN(60), Err: errors.New("killed"), Lasting: true,
				Extent: []disktest.Extent{disktest.Nothing, disktest.Half, disktest.Whole}[random.IntN(3)],
			}
			c := m.process(failing)
			c.every = 1 + random.Int64N(8)
			err := c.run(t.Context())
			if err == nil {
				m.checkWhole(t, true, where)
			}
			if random.IntN(2) == 0 {
				m = m.powerCut(random.Uint64N(1e6))
			}
			if err == nil {
				m.checkWhole(t, true, where)
			}
		}
		m.finish(t, fmt.Sprintf("seed %d", seed))
	}
}
