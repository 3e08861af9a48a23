package batch_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
)

// losing is a machine whose disks lose in a power cut what was not synced.
type losing struct {
	*machine
	to, state *disktest.Losing
	want      map[string]likeness
	old       bool
}

// losingOf is one on which the scenario may begin. Nothing is read back there, as
// there is no medium, and what a Losing does not have is not kept.
func losingOf(t *testing.T, s scenario, source string, control *stages.Control) *losing {
	t.Helper()
	to, state := disktest.NewLosing(), disktest.NewLosing()
	l := &losing{to: to, state: state, want: portrait(t, source), old: s.old}
	for name, like := range l.want {
		like.owner, like.attributes = "", ""
		l.want[name] = like
	}
	l.machine = &machine{source: source, to: to, state: state, path: "to", control: control, set: func(c *batch.Copying) {
		if s.set != nil {
			s.set(c)
		}
		c.Verify, c.Keep = batch.VerifyNone, 0
	}}
	for name, like := range l.want {
		if s.old && like.mode.IsRegular() {
			l.plant(t, name)
		}
	}
	return l
}

// plant puts another file under the name, lastingly.
func (l *losing) plant(t *testing.T, name string) {
	t.Helper()
	d := l.directory(t, path.Dir(name))
	f, err := d.OpenFile(path.Base(name), os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte(oldContent), 0)
	require.NoError(t, err)
	require.NoError(t, errors.Join(f.Sync(), f.Close(), disk.SyncNames(d)))
}

// directory makes the directory of that name and those above it.
func (l *losing) directory(t *testing.T, name string) disk.Tree {
	t.Helper()
	if name == "." {
		return l.to
	}
	above := l.directory(t, path.Dir(name))
	if err := above.Mkdir(path.Base(name), 0o755); err != nil {
		require.ErrorIs(t, err, fs.ErrExist)
	}
	require.NoError(t, disk.SyncNames(above))
	d, err := above.Branch(path.Base(name))
	require.NoError(t, err)
	return d
}

// powerCut is the machine after one, with another seed for each disk.
func (l *losing) powerCut(seed uint64) *losing {
	after, m := *l, *l.machine
	after.to, after.state = l.to.Crash(seed), l.state.Crash(seed+1e6)
	m.to, m.state = after.to, after.state
	after.machine = &m
	return &after
}

// shown is a portrait of what is in memory.
func (l *losing) shown(t *testing.T) map[string]likeness {
	t.Helper()
	all, firsts := map[string]likeness{}, map[uint64]string{}
	info, err := l.to.Lstat(".")
	require.NoError(t, err)
	all["."] = likenessOf(".", info, firsts)
	look(t, l.to, ".", all, firsts)
	for name := range all {
		if isTemp(name) {
			delete(all, name)
		}
	}
	return all
}

// unfinished are the temporary files.
func (l *losing) unfinished(t *testing.T) (found []string) {
	t.Helper()
	all := map[string]likeness{}
	look(t, l.to, ".", all, map[uint64]string{})
	for name := range all {
		if isTemp(name) {
			found = append(found, name)
		}
	}
	return found
}

// look adds what is in d, which is called way.
func look(t *testing.T, d disk.Tree, way string, all map[string]likeness, firsts map[uint64]string) {
	t.Helper()
	f, err := d.OpenFile(".", os.O_RDONLY, 0)
	require.NoError(t, err)
	entries, err := f.ReadDir(-1)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		name := path.Join(way, e.Name())
		like := likenessOf(name, info, firsts)
		switch mode := info.Mode(); {
		case mode.IsRegular():
			like.content = summary(read(t, d, e.Name()))
		case mode&fs.ModeSymlink != 0:
			like.content, err = d.(*disktest.Losing).Readlink(e.Name())
			require.NoError(t, err)
		case mode.IsDir():
			below, err := d.Branch(e.Name())
			require.NoError(t, err)
			look(t, below, name, all, firsts)
		}
		all[name] = like
	}
}

func read(t *testing.T, d disk.Directory, name string) []byte {
	t.Helper()
	f, err := d.OpenFile(name, os.O_RDONLY, 0)
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(f, 0, math.MaxInt64))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return content
}

// checkNames wants every final name to lead to a whole file, or the one before.
func (l *losing) checkNames(t *testing.T, where string) {
	t.Helper()
	for name, got := range l.shown(t) {
		before := l.old && got.content == summary([]byte(oldContent))
		if got.mode.IsRegular() && !before {
			require.Equal(t, l.want[name].content, got.content, "%s: %s", where, name)
		}
	}
}

// checkTold wants everything to be as was told, by results or by a record.
func (l *losing) checkTold(t *testing.T, results []batch.CopyResult, where string) {
	t.Helper()
	shown := l.shown(t)
	for _, r := range listed(checkpoint.NewFileStore(l.state)) {
		if r.State == checkpoint.Done {
			name := strings.TrimPrefix(r.Destination, l.path+"/")
			require.Equal(t, l.want[name], shown[name], "%s: %s is DONE", where, name)
		}
	}
	for _, r := range results {
		if r.Err == nil && r.Kind != batch.Directory {
			want, got := l.want[r.Name], shown[r.Name]
			got.first = want.first // of which the others may be missing
			require.Equal(t, want, got, "%s: %s was said to be done", where, r.Name)
		}
	}
}

// finish copies what is left, and wants everything to be there and to last. It returns
// how many files went on where their record says, and how many began anew.
func (l *losing) finish(t *testing.T, where string) (resumed, anew int) {
	t.Helper()
	records := listed(checkpoint.NewFileStore(l.state))
	results, err := process{machine: l.machine}.run(t)
	require.NoError(t, err, where)
	for _, r := range results {
		require.NoError(t, r.Err, where)
		for _, record := range records {
			switch {
			case record.Source.Path != r.Path || record.State != checkpoint.Copying:
			case record.Offset == r.Resumed:
				resumed++
			default:
				anew++
			}
		}
	}
	for _, after := range []*losing{l, l.powerCut(1)} {
		require.Equal(t, l.want, after.shown(t), where)
		require.Empty(t, after.unfinished(t), where)
		require.Empty(t, listed(checkpoint.NewFileStore(after.state)), where)
	}
	return resumed, anew
}

// errKilled is what all calls of a process return that has died.
var errKilled = errors.New("killed")

// Killed at any call, or out of power at any call: no name leads to wrong bytes, what
// was told before is there, and the next run brings the rest.
func TestCopySurvivesEveryCrash(t *testing.T) {
	var points, resumed atomic.Int64
	t.Run("all", func(t *testing.T) {
		for name, s := range scenarios {
			for number := range faults {
				t.Run(fmt.Sprint(name, number), func(t *testing.T) {
					t.Parallel()
					p, r := s.crashEverywhere(t, number)
					points.Add(int64(p))
					resumed.Add(int64(r))
				})
			}
		}
	})
	t.Logf("%d points, %d resumed", points.Load(), resumed.Load())
	require.Positive(t, resumed.Load(), "it went on, and did not begin anew")
	if os.Getenv(allFaults) != "" { // the few have too few in the middle of a file
		require.Greater(t, 20*resumed.Load(), points.Load(), "it went on, and did not begin anew")
	}
}

func (s scenario) crashEverywhere(t *testing.T, number int) (points, resumed int) {
	t.Helper()
	source, control := quickDir(t), newControl(t, 0)
	s.fill(t, source)
	for k := range calls(len(faults), number) {
		failing := &disktest.Failing{At: k, Err: errKilled, Extent: disktest.Extent(k % 3), Lasting: true}
		synctest.Test(t, func(t *testing.T) {
			l := losingOf(t, s, source, control)
			if s.before != nil {
				s.before(t, l.machine)
			}
			results, _ := process{machine: l.machine, failing: failing}.run(t)
			for seed := range uint64(3) {
				resumed += l.powerCut(seed).survives(t, results, fmt.Sprintf("power cut at call %d, seed %d", k, seed))
				points++
			}
			resumed += l.survives(t, results, fmt.Sprintf("killed at call %d", k))
			points++
		})
		if !failing.Hit() {
			break
		}
	}
	return points, resumed
}

// survives wants what was told to be there, and the next run to go on.
func (l *losing) survives(t *testing.T, results []batch.CopyResult, where string) (resumed int) {
	t.Helper()
	l.checkNames(t, where)
	l.checkTold(t, results, where)
	resumed, anew := l.finish(t, where)
	require.Zero(t, anew, where)
	return resumed
}

// Crash after crash, each at a random call and some of them power cuts.
func TestCopySurvivesManyCrashes(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, control := quickDir(t), newControl(t, 0)
			s.fill(t, source)
			for seed := range uint64(10) {
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(seed, 4))
					l := losingOf(t, s, source, control)
					for crash := range 6 {
						where := fmt.Sprintf("seed %d, crash %d", seed, crash)
						results, _ := process{machine: l.machine, failing: &disktest.Failing{
							At: 1 + random.IntN(300), Err: errKilled, Lasting: true, Extent: disktest.Extent(random.IntN(3)),
						}}.run(t)
						if random.IntN(2) == 0 {
							l = l.powerCut(random.Uint64N(1e6))
						}
						l.checkNames(t, where)
						l.checkTold(t, results, where)
					}
					l.finish(t, fmt.Sprintf("seed %d", seed))
				})
			}
		})
	}
}
