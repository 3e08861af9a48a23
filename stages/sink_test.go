package stages_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/storage"
)

// paper is a sink in memory, which knows what of it was synced.
type paper struct {
	mu     sync.Mutex // guards what follows
	data   []byte
	synced int
	syncs  int
	wrote  int
	slow   time.Duration // a Sync takes
	broken error         // what a Sync returns
}

func (p *paper) WriteAt(_ context.Context, b []byte, offset int64) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if grown := int(offset) + len(b); grown > len(p.data) {
		p.data = append(p.data, make([]byte, grown-len(p.data))...)
	}
	p.wrote += len(b)
	return copy(p.data[offset:], b), nil
}

func (p *paper) Sync(context.Context) error {
	time.Sleep(p.slow)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.synced, p.syncs = len(p.data), p.syncs+1
	return p.broken
}

func (*paper) Commit(context.Context) error { return nil }
func (*paper) Abort(context.Context) error  { return nil }

var _ storage.Sink = (*paper)(nil)

// everyChunk marks as often as it may.
var everyChunk = stages.Marks{Bytes: 1, Chunks: 1}

// What is saved speaks of bytes that were synced, and its state is that of just
// those bytes: a stream that goes on from any of it ends right.
func TestTransferSavesWhatIsSafe(t *testing.T) {
	data := pattern(3<<20 + 17)
	for _, algorithms := range [][]digest.Algorithm{{digest.SHA256}, {digest.BLAKE3}, {digest.SHA256, digest.XXH3}} {
		for _, to := range []*paper{nil, {}} {
			t.Run(fmt.Sprintf("%v, written: %v", algorithms, to != nil), func(t *testing.T) {
				set, pool := digest.NewSet(algorithms...), stages.NewPool(0)
				var saved []stages.Safe
				tr := stages.Transfer{
					Source: random{newMemory(data)}, Set: set, Pool: pool, Workers: 2, Sizer: stages.Fixed(128 << 10),
					Marks: everyChunk,
					Save: func(_ context.Context, at stages.Safe) error {
						saved = append(saved, at)
						if to == nil {
							return nil
						}
						to.mu.Lock()
						defer to.mu.Unlock()
						if to.synced < int(at.Offset) || !bytes.Equal(data[:at.Offset], to.data[:at.Offset]) {
							return fmt.Errorf("%d bytes of %d are safe", to.synced, at.Offset)
						}
						return nil
					},
				}
				if to != nil {
					tr.Sink = to
				}
				require.NoError(t, tr.Run(t.Context()))
				require.NotEmpty(t, saved)
				want := set.Sums()
				for i, at := range saved {
					if i > 0 {
						require.Greater(t, at.Offset, saved[i-1].Offset)
						require.Greater(t, at.Chunk, saved[i-1].Chunk)
					}
					again := digest.NewSet(algorithms...)
					require.NoError(t, again.UnmarshalBinary(at.State))
					require.NoError(t, stages.Transfer{
						Source: random{newMemory(data)}, Set: again, Pool: pool, Workers: 2, Offset: at.Offset, Chunks: at.Chunk,
					}.Run(t.Context()))
					require.Equal(t, want, again.Sums())
				}
				require.Zero(t, pool.Live())
			})
		}
	}
}

// A mark that comes while another is being saved is saved after it, and does not wait for
// the next; where the stream has gone on and ended meanwhile, nobody needs it.
func TestStoringSavesAMarkThatHadToWait(t *testing.T) {
	for name, c := range map[string]struct {
		freed int // the chunk before which the first has been saved; 0 for the end
		want  []int64
	}{
		"the stream goes on": {3, []int64{1, 2}},
		"the stream ends":    {0, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				free := make(chan struct{})
				var saved []int64
				sink := stages.Storing{Save: func(_ context.Context, at stages.Safe) error {
					<-free
					saved = append(saved, at.Offset)
					return nil
				}}.Sink()
				time.AfterFunc(time.Hour, func() {
					if c.freed == 0 {
						close(free)
					}
				})
				pool := stages.NewPool(0)
				require.NoError(t, sink(t.Context(), func(yield func(*stages.Chunk, error) bool) {
					for i := range 4 {
						if i > 0 && i == c.freed {
							close(free)
							synctest.Wait()
						}
						chunk, err := pool.Get(t.Context(), 1)
						require.NoError(t, err)
						chunk.Offset, chunk.Mark = int64(i), i < 2
						yield(chunk, nil)
						synctest.Wait()
					}
				}))
				require.Equal(t, c.want, saved)
			})
		})
	}
}

// A stream that is told to stop ends at a checkpoint, which speaks of all that has
// arrived, also while an earlier one is still being saved.
func TestTransferStopsAtACheckpoint(t *testing.T) {
	data := pattern(30 << 20)
	for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
		for _, slow := range []time.Duration{0, time.Hour} {
			t.Run(fmt.Sprintf("%v, a sync takes %v", a, slow), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					stop, arrived := make(chan struct{}), 0
					var last stages.Safe
					to := &paper{slow: slow}
					tr := stages.Transfer{
						Source: random{newMemory(data)}, Set: digest.NewSet(a), Pool: stages.NewPool(0), Workers: 2,
						Sizer: stages.Fixed(64 << 10), Marks: stages.Marks{Bytes: 1 << 20}, Stop: stop,
						Save: func(_ context.Context, at stages.Safe) error { last = at; return nil },
						Arrived: func(n int) {
							if arrived += n; arrived == 10<<20 {
								close(stop)
							}
						},
					}
					if a == digest.SHA256 {
						tr.Sink = to
					}
					require.ErrorIs(t, tr.Run(t.Context()), stages.ErrStopped)
					require.EqualValues(t, arrived, last.Offset)
					require.Less(t, arrived, 20<<20)
				})
			})
		}
	}
}

// A stream of which nothing was saved by its end, because it was told to stop too
// late, is complete.
func TestTransferToldToStopTooLateIsComplete(t *testing.T) {
	data := pattern(2 << 20)
	stop := make(chan struct{})
	set := digest.NewSet(digest.SHA256)
	require.NoError(t, stages.Transfer{
		Source: newMemory(data), Set: set, Pool: stages.NewPool(0), Stop: stop,
		Arrived: func(n int) {
			if n < 100 { // the last
				close(stop)
			}
		},
		Sizer: stages.Fixed(1<<20 - 1),
	}.Run(t.Context()))
	require.Equal(t, sumOf(digest.SHA256, data), set.Sums()[0])
}

// A sync or a save that fails ends the stream, and no later one is tried.
func TestTransferEndsWithAFailedSave(t *testing.T) {
	full := errors.New("no space left on device")
	for name, test := range map[string]struct {
		to   *paper
		save error
	}{
		"sync": {&paper{broken: full}, nil},
		"save": {&paper{}, full},
	} {
		t.Run(name, func(t *testing.T) {
			saves, pool := 0, stages.NewPool(0)
			err := stages.Transfer{
				Source: newMemory(pattern(20 << 20)), Set: digest.NewSet(digest.CRC32C), Pool: pool, Sink: test.to,
				Sizer: stages.Fixed(64 << 10), Marks: everyChunk,
				Save: func(context.Context, stages.Safe) error { saves++; return test.save },
			}.Run(t.Context())
			require.ErrorIs(t, err, full)
			require.LessOrEqual(t, saves, 1)
			require.LessOrEqual(t, test.to.syncs, 1)
			require.Zero(t, pool.Live())
		})
	}
}

// What goes wrong in Save is the stream's, and no more.
func TestTransferSurvivesAPanickingSave(t *testing.T) {
	for name, save := range map[string]func(context.Context, stages.Safe) error{
		"panics": func(context.Context, stages.Safe) error { panic("a bug") },
		"exits":  func(context.Context, stages.Safe) error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			pool := stages.NewPool(0)
			err := stages.Transfer{
				Source: newMemory(pattern(2 << 20)), Set: digest.NewSet(digest.CRC32C), Pool: pool,
				Sizer: stages.Fixed(64 << 10), Marks: everyChunk, Save: save,
			}.Run(t.Context())
			require.ErrorContains(t, err, "sink: ")
			require.Zero(t, pool.Live())
		})
	}
}

// A save that is under way when the sink breaks down has ended when Run has.
func TestTransferWaitsForTheSaveOfAPanickingSink(t *testing.T) {
	for name, breakDown := range map[string]func(){
		"panics": func() { panic("a bug") }, "exits": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun, ended := make(chan struct{}), false
				pool, arrived := stages.NewPool(0), 0
				err := stages.Transfer{
					Source: newMemory(pattern(2 << 20)), Set: digest.NewSet(digest.CRC32C), Pool: pool,
					Sizer: stages.Fixed(64 << 10), Marks: everyChunk,
					Save: func(context.Context, stages.Safe) error {
						close(begun)
						time.Sleep(time.Hour)
						ended = true
						return nil
					},
					Arrived: func(int) {
						if arrived++; arrived == 2 {
							<-begun
							breakDown()
						}
					},
				}.Run(t.Context())
				require.ErrorContains(t, err, "sink: ")
				require.True(t, ended)
				require.Zero(t, pool.Live())
			})
		})
	}
}

// A save that takes longer than the rest of the stream is waited for, and not
// cancelled because the stages have ended.
func TestTransferWaitsForTheLastSave(t *testing.T) {
	for _, a := range []digest.Algorithm{digest.SHA256, digest.BLAKE3} {
		t.Run(a.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				saves := 0
				tr := stages.Transfer{
					Source: random{newMemory(pattern(4 << 20))}, Set: digest.NewSet(a), Pool: stages.NewPool(0), Workers: 2,
					Marks: everyChunk,
					Save: func(ctx context.Context, _ stages.Safe) error {
						saves++
						time.Sleep(time.Second)
						return context.Cause(ctx)
					},
				}
				require.NoError(t, tr.Run(t.Context()))
				require.Positive(t, saves)
			})
		})
	}
}

// Marks come after so many bytes or so much time, and never before five chunks.
func TestMarksAreDue(t *testing.T) {
	for name, test := range map[string]struct {
		marks stages.Marks
		chunk int
		pause time.Duration // before each chunk
		want  int           // marks in 30 chunks
	}{
		"by themselves, small and fast":    {stages.Marks{}, 64 << 10, 0, 0},
		"by themselves, a second":          {stages.Marks{}, 64 << 10, 100 * time.Millisecond, 3},
		"by themselves, never before five": {stages.Marks{}, 64 << 10, 10 * time.Second, 6},
		"bytes":                            {stages.Marks{Bytes: 640 << 10}, 64 << 10, 0, 3},
		"time":                             {stages.Marks{Interval: time.Minute}, 64 << 10, 10 * time.Second, 5},
		"every chunk":                      {everyChunk, 64 << 10, 0, 30},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				marks := 0
				source := stages.Read(newMemory(pattern(30*test.chunk)), stages.Reading{
					Pool: stages.NewPool(0), Sizer: stages.Fixed(test.chunk), Marks: &test.marks,
					Wait: func(context.Context, int64) error { time.Sleep(test.pause); return nil },
				})
				require.NoError(t, source(t.Context(), func(c *stages.Chunk) error {
					if c.Mark {
						marks++
					}
					c.Release()
					return nil
				}))
				require.Equal(t, test.want, marks)
			})
		})
	}
}
