package batch_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/pressure"
	"github.com/penstock-go/penstock/stages"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
)

func newHashing(t *testing.T) *batch.Hashing {
	t.Helper()
	return &batch.Hashing{Options: batch.Options{Control: newControl(t, 0)}}
}

// newControl lets so many streams run at once, on a machine that has nothing wrong:
// what the tests themselves take is not to be looked at.
func newControl(t *testing.T, streams int) *stages.Control {
	t.Helper()
	c, err := stages.NewControl(stages.ControlOptions{
		Streams:  streams,
		Pressure: pressure.Options{Measure: func() (pressure.Memory, error) { return pressure.Memory{}, nil }},
	})
	require.NoError(t, err)
	return c
}

// writeTree makes files of every interesting size and returns their digests by
// path.
func writeTree(t *testing.T) (root string, want map[string]string) {
	t.Helper()
	root, want = t.TempDir(), map[string]string{}
	for i, n := range []int{0, 1, 4095, 4096, 100_000, 1<<20 - 1, 1 << 20, 3<<20 + 7} {
		data := []byte(strings.Repeat("penstock", n/8+1)[:n])
		path := filepath.Join(root, fmt.Sprintf("dir%d", i%3), fmt.Sprintf("file%d", i))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
		want[path] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return root, want
}

func sumAll(t *testing.T, h *batch.Hashing, o batch.WalkOptions, algorithms ...digest.Algorithm) []batch.Summed {
	t.Helper()
	walk, err := batch.NewWalk(o)
	require.NoError(t, err)
	defer walk.Close()
	var results []batch.Summed
	err = batch.Sum(t.Context(), walk.Files, algorithms, h, func(r batch.Summed) error {
		results = append(results, r)
		return nil
	})
	require.NoError(t, err)
	require.Zero(t, h.Control.Pool().Live())
	require.Zero(t, h.Active.Load())
	return results
}

func TestSumGivesEveryFilesDigests(t *testing.T) {
	root, want := writeTree(t)
	h := newHashing(t)
	results := sumAll(t, h, batch.WalkOptions{Paths: []string{root}}, digest.SHA256, digest.XXH3)
	require.Len(t, results, len(want))
	var bytes int64
	for _, r := range results {
		require.NoError(t, r.Err)
		require.Len(t, r.Sums, 2)
		require.Equal(t, want[r.Path], fmt.Sprintf("%x", r.Sums[0]), r.Path)
		bytes += r.Size
	}
	require.Equal(t, bytes, h.Arrived.Load())
}

func TestSumOfAFailingFileIsItsOwn(t *testing.T) {
	root, want := writeTree(t)
	missing := filepath.Join(root, "missing")
	results := sumAll(t, newHashing(t), batch.WalkOptions{Paths: []string{missing, root}}, digest.SHA256)
	require.Len(t, results, len(want)+1)
	require.ErrorIs(t, results[0].Err, fs.ErrNotExist)
	require.Equal(t, missing, results[0].Path)
	require.Nil(t, results[0].Sums)
	for _, r := range results[1:] {
		require.NoError(t, r.Err)
	}
}

func TestSumReadsStandardInput(t *testing.T) {
	h := newHashing(t)
	h.Stdin = strings.NewReader("abc")
	results := sumAll(t, h, batch.WalkOptions{Paths: []string{"-"}, Standard: true}, digest.SHA256)
	require.Len(t, results, 1)
	require.Equal(t, int64(3), results[0].Size)
	require.True(t, results[0].Standard)
	require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte("abc"))), fmt.Sprintf("%x", results[0].Sums[0]))
}

// panicking is a reader that has a bug.
type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a bug") }

func TestSumSurvivesAPanickingStream(t *testing.T) {
	root, want := writeTree(t)
	h := newHashing(t)
	h.Stdin = panicking{}
	results := sumAll(t, h, batch.WalkOptions{Paths: []string{"-", root}, Standard: true}, digest.SHA256)
	require.Len(t, results, len(want)+1)
	var panicked int
	for _, r := range results {
		if r.Err != nil {
			panicked++
			require.ErrorContains(t, r.Err, "a bug")
			continue
		}
		require.Equal(t, want[r.Path], fmt.Sprintf("%x", r.Sums[0]), r.Path)
	}
	require.Equal(t, 1, panicked)
}

func TestSumEndsWithTheErrorOfItsFiles(t *testing.T) {
	broken := errors.New("list cut short")
	files := pipeline.Source[batch.File](func(context.Context, func(batch.File) error) error { return broken })
	err := batch.Sum(t.Context(), files, []digest.Algorithm{digest.SHA256}, newHashing(t), func(batch.Summed) error { return nil })
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, io.EOF)
}
