package checkpoint_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-go/penstock/checkpoint"
	"github.com/penstock-go/penstock/checkpoint/disk"
	"github.com/penstock-go/penstock/checkpoint/disk/disktest"
)

// journalOf is the format of a journal, written once more from its description.
func journalOf(job string, entries ...checkpoint.Entry) []byte {
	payloads := make([][]byte, len(entries))
	for i, e := range entries {
		b := lengthAnd(nil, e.Path)
		for _, id := range []checkpoint.Identity{e.Source, e.Destination} {
			b = binary.LittleEndian.AppendUint64(b, id.Device)
			b = binary.LittleEndian.AppendUint64(b, id.Inode)
			b = binary.LittleEndian.AppendUint64(b, uint64(id.Size))
			b = binary.LittleEndian.AppendUint64(b, uint64(id.ModTime))
			b = binary.LittleEndian.AppendUint64(b, uint64(id.ChangeTime))
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Digests)))
		for _, d := range e.Digests {
			b = lengthAnd(lengthAnd(b, d.Algorithm), string(d.Sum))
		}
		payloads[i] = b
	}
	return chained(job, payloads...)
}

func lengthAnd(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

// chained puts payloads behind a header.
func chained(job string, payloads ...[]byte) []byte {
	b := framed("PENSTJNL", 1, job)
	for _, payload := range payloads {
		b = append(b, chainedAfter(b, payload)...)
	}
	return b
}

// chainedAfter is an entry of this payload as it stands behind content: with the
// sum that runs on from the one that content ends in.
func chainedAfter(content, payload []byte) []byte {
	sum := binary.LittleEndian.Uint32(content[len(content)-4:])
	entry := lengthAnd(nil, string(payload))
	return binary.LittleEndian.AppendUint32(entry, crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), entry))
}

func someEntries(n int) []checkpoint.Entry {
	entries := make([]checkpoint.Entry, n)
	for i := range entries {
		entries[i] = checkpoint.Entry{
			Path:        fmt.Sprintf("dir/\xff%03d", i),
			Source:      checkpoint.Identity{Device: 1, Inode: uint64(i), Size: int64(i) << 32, ModTime: -1, ChangeTime: 1e18},
			Destination: checkpoint.Identity{Device: 1 << 63, Inode: 7, Size: int64(i) << 32, ModTime: 5, ChangeTime: 6},
		}
		for _, algorithm := range []string{"SHA256", "XXH3"}[:i%3] {
			entries[i].Digests = append(entries[i].Digests, checkpoint.Digest{Algorithm: algorithm, Sum: []byte{byte(i), 2, 3}})
		}
	}
	return entries
}

// put makes a file of this content, which lasts.
func put(t require.TestingT, d disk.Directory, name string, content []byte) {
	f, err := d.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteAt(content, 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	require.NoError(t, disk.SyncNames(d))
}

func contentOf(t require.TestingT, d disk.Directory, name string) []byte {
	f, err := d.OpenFile(name, os.O_RDONLY, 0)
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<30))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return content
}

// journalFile is the name of a job's journal.
func journalFile(job string) string { return filepath.Base(fileOf("", job, ".journal")) }

func openJournal(t require.TestingT, d disk.Directory, job string) *checkpoint.Journal {
	j, err := checkpoint.OpenJournal(context.Background(), d, job)
	require.NoError(t, err)
	return j
}

func entriesOf(t require.TestingT, j *checkpoint.Journal) []checkpoint.Entry {
	var entries []checkpoint.Entry
	for e, err := range j.Entries(context.Background()) {
		require.NoError(t, err)
		entries = append(entries, e)
	}
	return entries
}

// appendAll appends and syncs.
func appendAll(t require.TestingT, j *checkpoint.Journal, entries ...checkpoint.Entry) {
	for _, e := range entries {
		require.NoError(t, j.Append(context.Background(), e))
	}
	require.NoError(t, j.Sync(context.Background()))
}

func TestJournalFormat(t *testing.T) {
	d := disktest.NewLosing()
	j := openJournal(t, d, "job")
	require.Equal(t, journalOf("job"), contentOf(t, d, journalFile("job")))
	appendAll(t, j, someEntries(5)...)
	require.Equal(t, journalOf("job", someEntries(5)...), contentOf(t, d, journalFile("job")))
}

// What is appended comes back in order, in this process and in the next ones.
func TestJournalReturnsAsItWas(t *testing.T) {
	d, _ := openDirectory(t)
	var want []checkpoint.Entry
	for run := range 4 {
		j := openJournal(t, d, "job")
		require.Zero(t, j.Dropped())
		require.Equal(t, want, entriesOf(t, j))
		for _, e := range someEntries(run * 3) {
			require.NoError(t, j.Append(t.Context(), e))
			want = append(want, e)
			require.Equal(t, want, entriesOf(t, j), "what was not synced too")
		}
		require.NoError(t, j.Sync(t.Context()))
		require.NoError(t, j.Close())
		require.NoError(t, j.Close())
		require.Error(t, j.Append(t.Context(), someEntries(1)[0]))
		require.Error(t, j.Sync(t.Context()))
	}
	require.Empty(t, entriesOf(t, openJournal(t, d, "another job")))
}

func TestJournalReturnsAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := disktest.NewLosing()
		j := openJournal(t, d, "job")
		number, bytes := rapid.Int64(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 300), func(b []byte) string { return string(b) })
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) checkpoint.Entry {
			draw := func() checkpoint.Identity {
				return checkpoint.Identity{
					Device: uint64(number.Draw(t, "device")), Inode: uint64(number.Draw(t, "inode")), Size: number.Draw(t, "size"),
					ModTime: number.Draw(t, "mtime"), ChangeTime: number.Draw(t, "ctime"),
				}
			}
			e := checkpoint.Entry{Path: bytes.Draw(t, "path"), Source: draw(), Destination: draw()}
			for range rapid.IntRange(0, 3).Draw(t, "digests") {
				e.Digests = append(e.Digests, checkpoint.Digest{Algorithm: bytes.Draw(t, "algorithm"), Sum: []byte(bytes.Draw(t, "sum"))})
			}
			return e
		}), 1, 8).Draw(t, "entries")
		appendAll(t, j, want...)
		require.Equal(t, want, entriesOf(t, j))
		require.Equal(t, want, entriesOf(t, openJournal(t, d, "job")))
	})
}

// The loop takes what was there when it began, and may be left.
func TestJournalEntriesWhileAppending(t *testing.T) {
	d, _ := openDirectory(t)
	j := openJournal(t, d, "job")
	appendAll(t, j, someEntries(3)...)
	n := 0
	for _, err := range j.Entries(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, j.Append(t.Context(), someEntries(1)[0]))
		n++
	}
	require.Equal(t, 3, n)
	require.Len(t, entriesOf(t, j), 6)
	for _, err := range j.Entries(t.Context()) {
		require.NoError(t, err)
		break
	}
	require.NoError(t, j.Close())
}

func TestJournalAtOnce(t *testing.T) {
	d, _ := openDirectory(t)
	j := openJournal(t, d, "job")
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			for _, e := range someEntries(50) {
				errs[i] = errors.Join(errs[i], j.Append(t.Context(), e))
			}
			for _, err := range j.Entries(t.Context()) {
				errs[i] = errors.Join(errs[i], err)
			}
			errs[i] = errors.Join(errs[i], j.Sync(t.Context()))
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, entriesOf(t, j), 400)
	require.NoError(t, j.Close())
}

func TestJournalRefusesEntries(t *testing.T) {
	d := disktest.NewLosing()
	j := openJournal(t, d, "job")
	require.ErrorContains(t, j.Append(t.Context(), checkpoint.Entry{}), `append to journal of job "job": "": the entry has no path`)
	require.ErrorIs(t, j.Append(t.Context(), checkpoint.Entry{Path: strings.Repeat("x", checkpoint.MaxSize)}), checkpoint.ErrTooLarge)
	largest := checkpoint.Entry{Path: strings.Repeat("x", checkpoint.MaxSize-88)}
	appendAll(t, j, largest)
	require.Equal(t, []checkpoint.Entry{largest}, entriesOf(t, openJournal(t, d, "job")))
	largest.Path += "x"
	require.ErrorIs(t, j.Append(t.Context(), largest), checkpoint.ErrTooLarge)
}

func TestJournalHeedsContext(t *testing.T) {
	d := disktest.NewLosing()
	j := openJournal(t, d, "job")
	appendAll(t, j, someEntries(3)...)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	require.ErrorIs(t, j.Append(ctx, someEntries(1)[0]), why)
	require.ErrorIs(t, j.Sync(ctx), why)
	n := 0
	for _, err := range j.Entries(ctx) {
		require.ErrorIs(t, err, why)
		n++
	}
	require.Equal(t, 1, n)
	_, err := checkpoint.OpenJournal(ctx, d, "job")
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, checkpoint.RemoveJournal(ctx, d, "job"), why)
	require.Len(t, entriesOf(t, j), 3)
}

// The list is never in memory: 20 MB of it are read in less than 4.
func TestJournalReadsInConstantMemory(t *testing.T) {
	d, _ := openDirectory(t)
	j := openJournal(t, d, "job")
	e := checkpoint.Entry{Path: strings.Repeat("x", 1000)}
	for range 20_000 {
		require.NoError(t, j.Append(t.Context(), e))
	}
	require.NoError(t, j.Close())
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	j = openJournal(t, d, "job")
	n := 0
	for _, err := range j.Entries(t.Context()) {
		require.NoError(t, err)
		if n++; n == 20_000 {
			require.Less(t, inUse(), before+4<<20)
		}
	}
	require.Equal(t, 20_000, n)
	require.NoError(t, j.Close())
}

// Who counts the entries leaves the file as it is, and makes none.
func TestCountEntries(t *testing.T) {
	content := append(journalOf("job", someEntries(5)...), 1, 2, 3)
	d := on(t, content)
	n, err := checkpoint.CountEntries(t.Context(), d, "job")
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.Equal(t, content, contentOf(t, d, journalFile("job")))

	_, err = checkpoint.CountEntries(t.Context(), d, "other")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = d.Lstat(journalFile("other"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = checkpoint.CountEntries(t.Context(), on(t, content[1:]), "job")
	require.ErrorIs(t, err, checkpoint.ErrUnusable)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = checkpoint.CountEntries(ctx, d, "job")
	require.ErrorIs(t, err, context.Canceled)
}

func TestRemoveJournal(t *testing.T) {
	d := disktest.NewLosing()
	j := openJournal(t, d, "job")
	appendAll(t, j, someEntries(3)...)
	require.NoError(t, j.Close())
	for range 2 { // the second time there is none
		require.NoError(t, checkpoint.RemoveJournal(t.Context(), d, "job"))
		for seed := range uint64(20) {
			require.Empty(t, entriesOf(t, openJournal(t, d.Crash(seed), "job")))
		}
	}
	for _, job := range []string{"", strings.Repeat("x", checkpoint.MaxID+1)} {
		require.ErrorContains(t, checkpoint.RemoveJournal(t.Context(), d, job), "id of the job")
		_, err := checkpoint.OpenJournal(t.Context(), d, job)
		require.ErrorContains(t, err, "id of the job")
	}
}
