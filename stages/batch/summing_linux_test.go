package batch_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

// summing is a machine on which files are summed.
type summing struct {
	source  string
	control *stages.Control
	want    map[string][]byte
}

func newSumming(t *testing.T) *summing {
	t.Helper()
	s := &summing{source: quickDir(t), control: newControl(t, 0), want: map[string][]byte{}}
	fillTree(t, s.source)
	fillLarge(t, s.source)
	require.NoError(t, filepath.Walk(s.source, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			s.want[path] = digestOf(data)
		}
		return nil
	}))
	return s
}

// sum sums all files, and stops at a record; 0 for none.
func (s *summing) sum(t *testing.T, store checkpoint.Store, control *stages.Control, stopAt int) (results []batch.Summed, err error) {
	t.Helper()
	stop := make(chan struct{})
	h := &batch.Hashing{Options: batch.Options{Control: control, Stop: stop}, Resume: batch.Resume{
		Store: &closingAfter{Store: store, left: stopAt, stop: stop}, Marks: stages.Marks{Bytes: 192 << 10, Chunks: 1},
	}}
	walk, err := batch.NewWalk(batch.WalkOptions{Paths: []string{s.source}})
	require.NoError(t, err)
	defer walk.Close()
	err = batch.Sum(t.Context(), walk.Files, []digest.Algorithm{digest.XXH3}, h, func(r batch.Summed) error {
		results = append(results, r)
		return nil
	})
	require.Zero(t, control.Pool().Live())
	return results, err
}

// check wants no digest to be wrong, and none to be missing without a word.
func (s *summing) check(t *testing.T, results []batch.Summed, err error, where string) (all bool) {
	t.Helper()
	got := map[string][]byte{}
	all = err == nil
	for _, r := range results {
		if r.Err != nil {
			all = false
			continue
		}
		require.Equal(t, s.want[r.Path], r.Sums[0], "%s: %s", where, r.Path)
		got[r.Path] = r.Sums[0]
	}
	if all {
		require.Equal(t, s.want, got, where)
	}
	return all
}
