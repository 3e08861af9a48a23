package batch_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/pipeline"
	"github.com/penstock-go/penstock/stages/batch"
	"github.com/penstock-go/penstock/stages/digest"
	"github.com/penstock-go/penstock/stages/manifest"
)

// sumOf is a digest of text.
func sumOf(a digest.Algorithm, text string) []byte {
	h := a.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// checkAll checks entries against files that hold their own names, but for one
// that is missing and one that cannot be opened.
func checkAll(t *testing.T, h *batch.Hashing, entries ...manifest.Entry) []batch.Checked {
	t.Helper()
	var got []batch.Checked
	denied := errors.New("denied")
	err := batch.Check(t.Context(), pipeline.FromSlice(entries), func(_ context.Context, e manifest.Entry) (batch.OpenSource, error) {
		switch e.Name {
		case "missing":
			return nil, fs.ErrNotExist
		case "denied":
			return nil, denied
		case "bug":
			panic("a bug in the opener")
		}
		return batch.Standard(strings.NewReader(e.Name)), nil
	}, h, func(c batch.Checked) error {
		got = append(got, c)
		return nil
	})
	require.NoError(t, err)
	require.Zero(t, h.Control.Pool().Live())
	require.Len(t, got, len(entries))
	return got
}

func entry(name string, sums ...manifest.Sum) manifest.Entry {
	return manifest.Entry{Name: name, Size: -1, Sums: sums}
}

func TestCheckVerdicts(t *testing.T) {
	a := manifest.Sum{Algorithm: digest.SHA256, Value: sumOf(digest.SHA256, "a")}
	alsoA := manifest.Sum{Algorithm: digest.MD5, Value: sumOf(digest.MD5, "a")}
	notA := manifest.Sum{Algorithm: digest.MD5, Value: sumOf(digest.MD5, "b")}
	got := checkAll(t, newHashing(t),
		entry("a", a), entry("a", a, alsoA), entry("a", a, notA), entry("b", a), entry("missing", a), entry("denied", a), entry("bug", a))
	verdicts := make([]batch.Verdict, len(got))
	for i, c := range got {
		verdicts[i] = c.Verdict
	}
	require.Equal(t, []batch.Verdict{
		batch.Matches, batch.Matches, batch.Differs, batch.Differs, batch.Missing, batch.Unreadable, batch.Unreadable,
	}, verdicts)
	require.ErrorContains(t, got[6].Err, "a bug in the opener")
	require.NotContains(t, got[6].Err.Error(), "goroutine", "the stack is not for a line of text")
	require.ErrorIs(t, got[4].Err, fs.ErrNotExist)
	require.ErrorContains(t, got[5].Err, "denied")
}

// A list of bare digests does not say what made them: the first file that
// matches settles it, and from then on one digest is computed, not four.
func TestCheckFindsTheAlgorithmByItself(t *testing.T) {
	for _, a := range digest.All() {
		t.Run(a.String(), func(t *testing.T) {
			unnamed := func(name, text string) manifest.Entry {
				e := entry(name, manifest.Sum{Value: sumOf(a, text)})
				e.Candidates = digest.BySize(a.Size())
				return e
			}
			h := newHashing(t)
			h.Control.SetStreams(1)
			got := checkAll(t, h, unnamed("x", "wrong"), unnamed("y", "y"), unnamed("z", "wrong"), unnamed("w", "w"))
			for i, want := range []batch.Verdict{batch.Differs, batch.Matches, batch.Differs, batch.Matches} {
				require.Equal(t, want, got[i].Verdict, got[i].Entry.Name)
			}
		})
	}
}

// sized is a source that counts its readings.
type sized struct {
	batch.OpenSource
	opened *atomic.Int64
}

func (s sized) Size() int64 {
	s.opened.Add(1)
	return 5
}

// A file that has another size than the list says need not be read to be known
// as different.
func TestCheckLooksAtTheSizeFirst(t *testing.T) {
	sum := sha256.Sum256([]byte("hello"))
	e := entry("hello", manifest.Sum{Algorithm: digest.SHA256, Value: sum[:]})
	e.Size = 6
	var asked atomic.Int64
	h := newHashing(t)
	var verdict batch.Verdict
	err := batch.Check(t.Context(), pipeline.FromSlice([]manifest.Entry{e}), func(context.Context, manifest.Entry) (batch.OpenSource, error) {
		return sized{batch.Standard(strings.NewReader("hello")), &asked}, nil
	}, h, func(c batch.Checked) error {
		verdict = c.Verdict
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, batch.Differs, verdict)
	require.Zero(t, h.Arrived.Load(), "nothing was read")
	require.NotZero(t, asked.Load())
}
