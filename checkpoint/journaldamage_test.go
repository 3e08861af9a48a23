package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// on is a directory with a journal of these bytes.
func on(t require.TestingT, content []byte) *disktest.Losing {
	d := disktest.NewLosing()
	put(t, d, journalFile("job"), content)
	return d
}

// ends are where the header and each entry end.
func ends(entries []checkpoint.Entry) []int {
	at := []int{len(journalOf("job"))}
	for n := range entries {
		at = append(at, len(journalOf("job", entries[:n+1]...)))
	}
	return at
}

// whole is how many entries end before the byte at, or at it.
func whole(at int, ends []int) int {
	n := -1
	for _, end := range ends {
		if end <= at {
			n++
		}
	}
	return n
}

// checkPrefix wants exactly n of the entries, the rest cut off, and room for more.
func checkPrefix(t *testing.T, content []byte, entries []checkpoint.Entry, n int) {
	t.Helper()
	d := on(t, content)
	if n < 0 {
		_, err := checkpoint.OpenJournal(t.Context(), d, "job")
		require.ErrorIs(t, err, checkpoint.ErrCorrupt)
		return
	}
	j := openJournal(t, d, "job")
	require.Equal(t, append([]checkpoint.Entry(nil), entries[:n]...), entriesOf(t, j))
	good := journalOf("job", entries[:n]...)
	require.Equal(t, len(content)-len(good), int(j.Dropped()))
	require.Equal(t, good, contentOf(t, d, journalFile("job")), "what is damaged is gone")
	more := checkpoint.Entry{Path: "more"}
	appendAll(t, j, more)
	j = openJournal(t, d, "job")
	require.Zero(t, j.Dropped())
	require.Equal(t, append(slices.Clone(entries[:n]), more), entriesOf(t, j))
}

// A journal that was cut anywhere yields the entries that are whole.
func TestJournalCut(t *testing.T) {
	entries := someEntries(6)
	content, at := journalOf("job", entries...), ends(entries)
	for n := range len(content) + 1 {
		checkPrefix(t, content[:n], entries, whole(n, at))
	}
}

// A journal of which any bit was flipped yields the entries before it, and not one
// that was not written.
func TestJournalFlipped(t *testing.T) {
	entries := someEntries(4)
	content, at := journalOf("job", entries...), ends(entries)
	for bit := range 8 * len(content) {
		flipped := slices.Clone(content)
		flipped[bit/8] ^= 1 << (bit % 8)
		checkPrefix(t, flipped, entries, whole(bit/8, at))
	}
}

// Entries that are whole by themselves are not believed in another place.
func TestJournalSpliced(t *testing.T) {
	entries := someEntries(5)
	content, at := journalOf("job", entries...), ends(entries)
	other := journalOf("jab", entries...)
	part := func(n int) []byte { return content[at[n]:at[n+1]] }
	payload := func(n int) []byte { return slices.Clone(content[at[n]+4 : at[n+1]-4]) }
	for name, test := range map[string]struct {
		content []byte
		want    int
	}{
		"one left out":        {slices.Concat(content[:at[2]], content[at[3]:]), 2},
		"the first left out":  {slices.Concat(content[:at[0]], content[at[1]:]), 0},
		"one twice":           {slices.Concat(content[:at[3]], part(2), content[at[3]:]), 3},
		"two swapped":         {slices.Concat(content[:at[1]], part(2), part(1), content[at[3]:]), 1},
		"zeros after":         {slices.Concat(content, make([]byte, 4096)), 5},
		"zeros between":       {slices.Concat(content[:at[2]], make([]byte, 64), content[at[2]:]), 2},
		"zeros in place":      {slices.Concat(content[:at[2]], make([]byte, at[3]-at[2]), content[at[3]:]), 2},
		"of another job":      {slices.Concat(content[:at[0]], other[at[0]:]), 0},
		"huge length":         {slices.Concat(content, binary.LittleEndian.AppendUint32(nil, 1<<32-1), make([]byte, 100)), 5},
		"largest length":      {slices.Concat(content, binary.LittleEndian.AppendUint32(nil, checkpoint.MaxSize), make([]byte, 100)), 5},
		"a byte too much":     {slices.Concat(content[:at[4]], chainedAfter(content[:at[4]], append(payload(4), 0))), 4},
		"a byte too few":      {slices.Concat(content[:at[4]], chainedAfter(content[:at[4]], payload(4)[:len(payload(4))-1])), 4},
		"an entry of nothing": {slices.Concat(content, chained("job", nil)[at[0]:]), 5},
	} {
		t.Run(name, func(t *testing.T) { checkPrefix(t, test.content, entries, test.want) })
	}
}

// A length is not believed before it is known to be one that Append writes.
func TestJournalLengthTakesNoMemory(t *testing.T) {
	d := on(t, slices.Concat(journalOf("job"), binary.LittleEndian.AppendUint32(nil, 1<<31), make([]byte, 100)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	j := openJournal(t, d, "job")
	runtime.ReadMemStats(&after)
	require.EqualValues(t, 104, j.Dropped())
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*checkpoint.MaxSize))
}

// What was cut off, and came back in a power cut behind what was appended since, is
// not believed.
func TestJournalTailThatComesBack(t *testing.T) {
	entries := someEntries(8)
	content, at := journalOf("job", entries...), ends(entries)
	damaged := slices.Clone(content)
	damaged[at[3]+8]++ // in the path of entry 3
	again := entries[3]
	again.Source.Inode++ // of the same length
	rewritten := slices.Concat(journalOf("job", append(slices.Clone(entries[:3]), again)...), content[at[4]:])
	checkPrefix(t, rewritten, append(slices.Clone(entries[:3]), again), 4)
}

func TestJournalRefused(t *testing.T) {
	for name, test := range map[string]struct {
		content []byte
		want    error
		line    string
	}{
		"empty":   {nil, checkpoint.ErrCorrupt, "0 bytes are too few for any"},
		"record":  {framed("PENSTREC", 1, "job"), checkpoint.ErrCorrupt, "does not begin with PENSTJNL"},
		"later":   {framed("PENSTJNL", 2, "job"), checkpoint.ErrVersion, "2, and this is written for 1"},
		"foreign": {framed("PENSTJNL", 1, "jab"), checkpoint.ErrForeign, `it is of job "jab"`},
		"long id": {framed("PENSTJNL", 1, strings.Repeat("x", checkpoint.MaxID+1)), checkpoint.ErrCorrupt, "and says"},
	} {
		t.Run(name, func(t *testing.T) {
			d := on(t, test.content)
			_, err := checkpoint.OpenJournal(t.Context(), d, "job")
			require.ErrorIs(t, err, test.want)
			require.ErrorIs(t, err, checkpoint.ErrUnusable)
			require.ErrorContains(t, err, `open journal of job "job": checkpoint: `)
			require.ErrorContains(t, err, test.line)
			require.ErrorContains(t, err, "remove it, and the job reads again what it has finished")
			require.Equal(t, test.content, append([]byte(nil), contentOf(t, d, journalFile("job"))...), "it is left as it is")
			require.NoError(t, checkpoint.RemoveJournal(t.Context(), d, "job"))
			require.Empty(t, entriesOf(t, openJournal(t, d, "job")))
		})
	}
}

// A file that is changed under an open journal ends the loop with an error, and
// not as if there were no more.
func TestJournalChangedSinceItWasOpened(t *testing.T) {
	entries := someEntries(4)
	for name, change := range map[string]func(content []byte) []byte{
		"cut":     func(c []byte) []byte { return c[:len(c)-1] },
		"flipped": func(c []byte) []byte { c[len(c)-1] ^= 1; return c },
	} {
		t.Run(name, func(t *testing.T) {
			d := on(t, journalOf("job", entries...))
			j := openJournal(t, d, "job")
			put(t, d, journalFile("job"), change(journalOf("job", entries...)))
			n := 0
			var last error
			for e, err := range j.Entries(t.Context()) {
				require.NoError(t, last)
				if last = err; err == nil {
					require.Equal(t, entries[n], e)
					n++
				}
			}
			require.Equal(t, 3, n)
			require.ErrorIs(t, last, checkpoint.ErrCorrupt)
		})
	}
}

// Whatever bytes there are, what is yielded is what is written in them, from the
// first byte on.
func FuzzJournal(f *testing.F) {
	f.Add(journalOf("job", someEntries(3)...))
	f.Add(journalOf("job"))
	f.Add(journalOf("job", someEntries(3)...)[:200])
	f.Add(journalOf("job", someEntries(1)...)[23:])
	f.Add(bytes.Repeat([]byte{0}, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, content := range [][]byte{data, chained("job", data), chained("job", bytes.Split(data, []byte{'\n'})...)} {
			d := on(t, content)
			j, err := checkpoint.OpenJournal(t.Context(), d, "job")
			if err != nil {
				require.ErrorIs(t, err, checkpoint.ErrUnusable)
				continue
			}
			good := journalOf("job", entriesOf(t, j)...)
			require.True(t, bytes.HasPrefix(content, good))
			require.Equal(t, len(content)-len(good), int(j.Dropped()))
		}
	})
}
